import {
  CotangentError,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  numpy as np,
  stopGradient,
  valueAndGrad,
  vmap,
  type NDArray,
} from 'cotangent'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { expectClose, expectSame, values } from './support.js'

const scalar = (x: number): NDArray => np.array(x, { dtype: 'float64' })
const vector = (...xs: number[]): NDArray => np.array(xs, { dtype: 'float64' })

describe('grad', () => {
  test('has the type and the tree of the argument it differentiates', () => {
    const params = { w: vector(1, 2), layers: [{ b: scalar(3) }], none: null }
    const f = (p: typeof params, x: NDArray): NDArray =>
      p.w
        .mul(x)
        .sum()
        .add((p.layers[0] as { b: NDArray }).b.mul(2))
    const g = grad(f)(params, vector(10, 20))
    expectTypeOf(g).toEqualTypeOf<{ w: NDArray; layers: { b: NDArray }[]; none: null }>()
    expectSame(g, { w: vector(10, 20), layers: [{ b: scalar(2) }], none: null })
  })

  test('takes argnums as a number, a negative number or a list', () => {
    const f = (x: NDArray, y: NDArray): NDArray => x.mul(x).mul(y).sum()
    const [x, y] = [vector(2, 3), vector(5, 7)]
    expectSame(grad(f, { argnums: 1 })(x, y), vector(4, 9))
    expectSame(grad(f, { argnums: -1 })(x, y), vector(4, 9))
    const both = grad(f, { argnums: [1, 0] })(x, y)
    expectTypeOf(both).toEqualTypeOf<[NDArray, NDArray]>()
    expectSame(both, [vector(4, 9), vector(20, 42)])
  })

  test('hands aux on without a derivative, whatever it is', () => {
    const f = (x: NDArray): [NDArray, { double: NDArray; name: string; position: NDArray }] => [
      x.sum(),
      { double: x.mul(2), name: 'aux', position: x.argmax() },
    ]
    const [g, aux] = grad(f, { hasAux: true })(vector(1, 5))
    expectSame([g, aux.double], [vector(1, 1), vector(2, 10)])
    expect(aux.name).toBe('aux')
    expect(aux.position.item()).toBe(1)
    const [[value], gradient] = valueAndGrad(f, { hasAux: true })(vector(1, 5))
    expectSame([value, gradient], [scalar(6), vector(1, 1)])
  })

  test('takes plain numbers as float32', () => {
    const g = grad((x) => x.mul(x))(3)
    expect([g.dtype, g.item()]).toEqual(['float32', 6])
  })

  test('gives zeros for what the output does not depend on', () => {
    const g = grad((p: { used: NDArray; unused: NDArray }) => p.used.sum())({
      used: vector(1),
      unused: vector(2, 3),
    })
    expectSame(g, { used: vector(1), unused: vector(0, 0) })
  })

  test('does not confuse perturbations', () => {
    // d/dx [x · d/dy (x + y)] = 1
    expect(grad((x) => x.mul(grad((y: NDArray) => x.add(y))(1)))(2).item()).toBe(1)
    // d/dx [x · d/dy (x · y)] = 2x
    expect(grad((x) => x.mul(grad((y: NDArray) => x.mul(y))(7)))(3).item()).toBe(6)
    const throughJit = (x: NDArray): NDArray => x.mul(grad(jit((y: NDArray) => x.mul(y).mul(y)))(5))
    expect(grad(throughJit)(3).item()).toBe(60)
  })

  test('nests to any order, through jit on any level', () => {
    const fourth = (f: (x: NDArray) => NDArray): ((x: NDArray) => NDArray) =>
      grad(jit(grad(grad(jit(grad(f))))))
    expectClose(values(fourth((x) => np.sin(x))(scalar(0.7))), [Math.sin(0.7)], 1e-12, 'sin⁗')
    expectClose(
      values(jit(fourth((x) => np.exp(x.mul(2))))(scalar(0.3))),
      [16 * Math.exp(0.6)],
      1e-12,
      '(e²ˣ)⁗',
    )
  })

  test('lets the function branch on values that are known', () => {
    const f = (x: NDArray): NDArray => (x.item() > 0 ? x.mul(3) : x.neg())
    expect(grad(f)(scalar(2)).item()).toBe(3)
    expect(grad(grad((x) => f(x).mul(x)))(scalar(-2)).item()).toBe(-2)
  })

  test('stops at stopGradient', () => {
    const f = (x: NDArray): NDArray => x.mul(stopGradient({ y: x, z: 3 }).y).sum()
    expectSame(grad(f)(vector(2, 3)), vector(2, 3))
    expectSame(jit(grad(f))(vector(2, 3)), vector(2, 3))
    expectSame(grad((x) => grad(f)(x).sum())(vector(2, 3)), vector(0, 0))
  })

  test.each([
    [
      'a vector output',
      () => grad((x) => x.mul(2))(vector(1, 2)),
      'shape',
      /the output must be a scalar, got shape \[2\].*sum\(\)/,
    ],
    [
      'an integer output',
      () => grad((x) => x.argmax())(vector(1, 2)),
      'dtype',
      /the output must be a float, got int32/,
    ],
    [
      'an integer argument',
      () => grad((x) => x.sum())(np.array([1, 2], { dtype: 'int32' })),
      'dtype',
      /argument 0 must be a float.*i32\[2\].*astype/,
    ],
    [
      'argnums out of range',
      () => grad((x) => x.sum(), { argnums: 2 })(vector(1)),
      'argnums',
      /argnums 2 is out of range for a call with 1 argument/,
    ],
    [
      'several outputs',
      () => grad((x) => [x.sum(), x.sum()])(vector(1)),
      'argument',
      /must be one scalar, got 2 arrays.*hasAux/,
    ],
    [
      'hasAux without aux',
      () => grad((x) => x.sum(), { hasAux: true })(vector(1)),
      'argument',
      /\[output, aux\]/,
    ],
    [
      'an async function',
      () => grad(async (x: NDArray) => x.sum())(vector(1)),
      'asyncFunction',
      /returned a Promise/,
    ],
  ])('refuses %s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})

describe('jacobians', () => {
  const f = (x: NDArray): NDArray => np.stack([x.slice(0).mul(x.slice(1)), np.sin(x.slice(0)), x.slice(2)])
  const at = vector(2, 3, 5)
  const expected = np.array(
    [
      [3, 2, 0],
      [Math.cos(2), 0, 0],
      [0, 0, 1],
    ],
    { dtype: 'float64' },
  )

  test('agree, forward and reverse', () => {
    expectSame(jacfwd(f)(at), expected)
    expectSame(jacrev(f)(at), expected)
    expectSame(jit(jacfwd(f))(at), expected)
    expectSame(vmap(jacrev(f))(np.stack([at, at])), np.stack([expected, expected]))
  })

  test('nest trees with the output outside', () => {
    const g = (p: { a: NDArray; b: NDArray }): { sum: NDArray; product: NDArray } => ({
      sum: p.a.sum().add(p.b.sum()),
      product: p.a.mul(p.b),
    })
    const p = { a: vector(2, 3), b: vector(5, 7) }
    const diagonal = (x: number, y: number): NDArray =>
      np.array(
        [
          [x, 0],
          [0, y],
        ],
        { dtype: 'float64' },
      )
    const blocks = {
      sum: { a: vector(1, 1), b: vector(1, 1) },
      product: { a: diagonal(5, 7), b: diagonal(2, 3) },
    }
    const forward = jacfwd(g)(p)
    expectTypeOf(forward.product.a).toEqualTypeOf<NDArray>()
    expectSame(forward, blocks)
    expectSame(jacrev(g)(p), blocks)
  })

  test('take argnums', () => {
    const g = (x: NDArray, y: NDArray): NDArray => x.mul(y)
    const [dx, dy] = jacrev(g, { argnums: [0, 1] })(scalar(3), scalar(4))
    expectSame([dx, dy], [scalar(4), scalar(3)])
    expectSame(jacfwd(g, { argnums: 1 })(scalar(3), scalar(4)), scalar(3))
  })

  test('give symmetric hessians', () => {
    const h = hessian((x: NDArray) => np.exp(x.slice(0).mul(x.slice(1))).add(x.slice(2).mul(x.slice(0))))(
      vector(0.5, 0.3, 2),
    )
    expectSame(h, np.transpose(h))
    expect(h.shape).toEqual([3, 3])
    expectSame(
      hessian((x) => x.mul(x).sum())(vector(1, 2)),
      np.array(
        [
          [2, 0],
          [0, 2],
        ],
        { dtype: 'float64' },
      ),
    )
  })

  test('refuse integer outputs', () => {
    expect(() => jacfwd((x) => x.argmax())(at)).toThrow(/the outputs must be floats, got int32/)
  })
})
