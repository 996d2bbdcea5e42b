import {
  CotangentError,
  jit,
  jvp,
  linearize,
  linearTranspose,
  numpy as np,
  vjp,
  vmap,
  type NDArray,
} from 'cotangent'
import { describe, expect, test } from 'vitest'
import { expectSame } from './support.js'

const vector = (...xs: number[]): NDArray => np.array(xs, { dtype: 'float64' })
const scalar = (x: number): NDArray => np.array(x, { dtype: 'float64' })

describe('jvp', () => {
  test('gives value and tangent in the tree of the output', () => {
    const f = (p: { x: NDArray }, y: NDArray): { product: NDArray; parts: NDArray[] } => ({
      product: p.x.mul(y),
      parts: [p.x, y],
    })
    const [out, tangent] = jvp(f, [{ x: vector(2) }, vector(3)], [{ x: vector(1) }, vector(10)])
    expectSame(out, { product: vector(6), parts: [vector(2), vector(3)] })
    expectSame(tangent, { product: vector(23), parts: [vector(1), vector(10)] })
  })

  test('gives integer outputs integer zeros, and constants zeros', () => {
    const [out, tangent] = jvp((x) => [x.argmax(), np.ones([2])], [vector(1, 3)], [vector(1, 1)])
    expectSame(out, [np.array(1, { dtype: 'int32' }), np.ones([2])])
    expectSame(tangent, [np.array(0, { dtype: 'int32' }), np.zeros([2])])
  })

  test('hands aux on', () => {
    const [out, tangent, aux] = jvp(
      (x: NDArray): [NDArray, string] => [x.mul(2), 'aux'],
      [vector(1)],
      [vector(3)],
      { hasAux: true },
    )
    expectSame([out, tangent], [vector(2), vector(6)])
    expect(aux).toBe('aux')
  })

  test.each([
    [
      'another structure',
      () => jvp((p: { a: NDArray }) => p.a, [{ a: vector(1) }], [{ b: vector(1) } as never]),
      'tree',
      /differ at \[0\]: expected an object with keys \{a\}, got an object with keys \{b\}/,
    ],
    [
      'another shape',
      () => jvp((x) => x, [vector(1, 2)], [vector(1)]),
      'shape',
      /the tangent of argument 0 must be f64\[2\].*got shape \[1\]/,
    ],
    [
      'another dtype',
      () => jvp((x) => x, [vector(1)], [np.ones([1])]),
      'dtype',
      /the tangent of argument 0 must be f64\[1\].*f32\[1\]/,
    ],
  ])('refuses a tangent of %s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})

describe('linearize', () => {
  test('runs the function once and its derivative often', () => {
    let runs = 0
    const [y, linear] = linearize(
      (x) => {
        runs++
        return np.exp(x)
      },
      [vector(0, 1)],
    )
    expectSame(y, vector(1, Math.E))
    expectSame(linear(vector(2, 0)), vector(2, 0))
    expectSame(linear(vector(0, 3)), vector(0, 3 * Math.E))
    expect(runs).toBe(1)
  })

  test('may be used inside another transformation', () => {
    const f = (x: NDArray): NDArray => linearize((y) => y.mul(y).mul(x), [x])[1](scalar(1))
    expectSame(jvp(f, [scalar(3)], [scalar(1)])[1], scalar(12))
  })
})

describe('vjp', () => {
  test('gives one cotangent an argument, as often as asked', () => {
    const [y, pullback] = vjp((x, y) => x.mul(y), [vector(2, 3), vector(5, 7)])
    expectSame(y, vector(10, 21))
    expectSame(pullback(vector(1, 0)), [vector(5, 0), vector(2, 0)])
    expectSame(pullback(vector(0, 1)), [vector(0, 7), vector(0, 3)])
  })

  test('can be batched and compiled', () => {
    const [, pullback] = vjp((x) => np.sin(x), [vector(0, 1)])
    expectSame(
      vmap((ct: NDArray) => pullback(ct)[0])(
        np.array(
          [
            [1, 0],
            [0, 1],
          ],
          { dtype: 'float64' },
        ),
      ),
      np.diag(vector(1, Math.cos(1))),
    )
    expectSame(jit((ct: NDArray) => pullback(ct)[0])(vector(2, 2)), vector(2, 2 * Math.cos(1)))
  })

  test('adds up what comes back on several ways', () => {
    const f = (x: NDArray): NDArray[] => [x, x.add(x), x.mul(x)]
    expectSame(vjp(f, [vector(3)])[1]([vector(1), vector(10), vector(100)]), [vector(621)])
  })

  test.each([
    [
      'shape',
      () => vjp((x) => x.mul(2), [vector(1, 2)])[1](vector(1)),
      /the cotangent of the result must be f64\[2\].*got shape \[1\]/,
    ],
    ['tree', () => vjp((x) => [x], [vector(1)])[1](vector(1)), /tree structures differ/],
  ])('refuses a cotangent of another %s', (code, call, message) => {
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})

describe('linearTranspose', () => {
  const matrix = np.array(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: 'float64' },
  )

  test('transposes matrices and chains', () => {
    expectSame(linearTranspose((x) => np.matmul(matrix, x), [vector(0, 0, 0)])(vector(1, 10)), [
      vector(41, 52, 63),
    ])
    const chain = (x: NDArray): NDArray => np.cumsum(x, 0).sub(x.mul(3)).neg()
    const transposed = linearTranspose(chain, [vector(0, 0)])
    expectSame(transposed(vector(1, 10)), [vector(3 - 11, 30 - 10)])
  })

  test('runs what does not depend on the argument first, also inside jit', () => {
    const scaled = jit((x: NDArray, s: NDArray) => x.mul(np.exp(s)))
    const f = (x: NDArray): NDArray => scaled(x, np.log(vector(2, 3)))
    expectSame(linearTranspose(f, [vector(0, 0)])(vector(1, 1)), [vector(2, 3)], 1e-12)
  })

  test.each([
    [
      'sin',
      () => linearTranspose((x) => np.sin(x), [vector(1)])(vector(1)),
      /linear function of its arguments, got sin/,
    ],
    [
      'a product of arguments',
      () => linearTranspose((x) => x.mul(x), [vector(1)])(vector(1)),
      /linear function of its arguments, got mul/,
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message)
  })
})
