import { CotangentError, grad, jit, numpy as np, vmap, type NDArray } from 'cotangent'
import { describe, expect, test } from 'vitest'
import { expectSame } from './support.js'

const array = (x: Parameters<typeof np.array>[0]): NDArray => np.array(x, { dtype: 'float64' })
const matrix = array([
  [1, 2, 3],
  [4, 5, 6],
])

describe('axes', () => {
  test('in: one for all, by argument, by tree, negative', () => {
    const dot = (x: NDArray, y: NDArray): NDArray => x.mul(y).sum()
    expectSame(vmap(dot)(matrix, matrix), array([14, 77]))
    expectSame(vmap(dot, 1)(matrix, matrix), array([17, 29, 45]))
    expectSame(vmap(dot, -1)(matrix, matrix), array([17, 29, 45]))
    expectSame(vmap(dot, [0, null])(matrix, array([1, 0, 2])), array([7, 16]))
    const tree = (p: { a: NDArray; b: NDArray[] }, x: NDArray): NDArray => p.a.add(p.b[0] as NDArray).add(x)
    const axes = [{ a: 0, b: [null] }, 1]
    expectSame(
      vmap(tree, axes)({ a: array([1, 2, 3]), b: [array(10)] }, matrix),
      array([
        [12, 15],
        [14, 17],
        [16, 19],
      ]),
    )
  })

  test('out: one for all, by tree, negative, none', () => {
    const f = (x: NDArray): NDArray[] => [x, x.sum(), array(7)]
    expectSame(vmap(f, 0, [1, 0, 0])(matrix), [matrix.T, array([6, 15]), array([7, 7])])
    expectSame(vmap(f, 0, [-1, -1, null])(matrix), [matrix.T, array([6, 15]), array(7)])
  })

  test('nest in any order', () => {
    const f = (x: NDArray, y: NDArray): NDArray => np.sin(x).mul(y)
    const [x, y] = [array([1, 2, 3]), array([10, 20])]
    const table = vmap((a: NDArray) => vmap((b: NDArray) => f(a, b))(y))(x)
    expectSame(vmap((b: NDArray) => vmap((a: NDArray) => f(a, b))(x), 0, 1)(y), table)
    expect(table.shape).toEqual([3, 2])
  })

  test('work with grad and jit on either side', () => {
    const loss = (w: NDArray, x: NDArray): NDArray => np.tanh(w.mul(x).sum())
    const w = array([0.1, 0.2, 0.3])
    const perExample = vmap(grad(loss), [null, 0])(w, matrix)
    expectSame(jit(vmap(jit(grad(loss)), [null, 0]))(w, matrix), perExample)
    expectSame(grad((v: NDArray) => vmap((x: NDArray) => loss(v, x))(matrix).sum())(w), perExample.sum(0))
  })

  test('let values that all items share be computed once', () => {
    const shapes: (readonly number[])[] = []
    vmap((x: NDArray) => {
      const shared = array([1, 2]).mul(3)
      shapes.push(shared.js() as number[])
      return x.add(shared.sum())
    })(array([1, 2]))
    expect(shapes).toEqual([[3, 6]])
  })
})

describe('mistakes', () => {
  const x = array([1, 2, 3])
  test.each([
    [
      'sizes that differ',
      () => vmap((a: NDArray, b: NDArray) => a.add(b))(x, array([1, 2])),
      'shape',
      /argument 0 has 3, argument 1 has 2.*\[3\] and \[2\]/,
    ],
    [
      'an axis that is not there',
      () => vmap((a: NDArray) => a, 1)(x),
      'axis',
      /inAxes, argument 0.*axis 1.*\[3\]/,
    ],
    ['a scalar argument', () => vmap((a: NDArray) => a)(2), 'axis', /it has no axes/],
    ['no axis at all', () => vmap((a: NDArray) => a, null)(x), 'argument', /an axis for at least one array/],
    [
      'too few axes',
      () => vmap((a: NDArray, b: NDArray) => a.add(b), [0])(x, x),
      'tree',
      /inAxes: expected .* a list of 2, got \[0\]/,
    ],
    [
      'axes of another tree',
      () => vmap((a: { p: NDArray }) => a.p, [{ q: 0 }])({ p: x }),
      'tree',
      /inAxes\[0\]: expected .*\{p\}, got \{"q":0\}/,
    ],
    [
      'null for a batched result',
      () => vmap((a: NDArray) => a, 0, null)(x),
      'argument',
      /null for a result that differs between items/,
    ],
    [
      'an axis name',
      () => vmap((a: NDArray) => a, 0, 0, { axisName: 'i' })(x),
      'notImplemented',
      /collectives/,
    ],
    ['an async function', () => vmap(async (a: NDArray) => a)(x), 'asyncFunction', /returned a Promise/],
    [
      'reading an item',
      () => vmap((a: NDArray) => np.array(a.item()))(x),
      'concreteValue',
      /vmap of a function is tracing/,
    ],
  ])('%s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})
