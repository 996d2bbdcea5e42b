/** Control flow against what defines it: unrolled loops, loops over items, the branch that is taken. */

import {
  checkpoint,
  CotangentError,
  grad,
  jit,
  jvp,
  lax,
  linearize,
  makeJaxpr,
  numpy as np,
  vjp,
  vmap,
  type NDArray,
} from 'cotangent'
import { describe, expect, test } from 'vitest'
import { printJaxpr } from '../../../src/core/print.js'
import { expectClose, expectSame, numbers, random, values } from './support.js'

const next = numbers(5)
const float = (...shape: number[]): NDArray => random(next, shape, 'float64', -1, 1)

const step = (w: NDArray, carry: NDArray, x: NDArray): [NDArray, NDArray] => {
  const after = np.tanh(np.matmul(np.sin(w), carry).add(x))
  return [after, after.mul(x)]
}
const looped =
  (reverse: boolean) =>
  (w: NDArray, init: NDArray, xs: NDArray): [NDArray, NDArray] =>
    lax.scan((carry, x) => step(w, carry, x), init, xs, { reverse })
const unrolled =
  (reverse: boolean) =>
  (w: NDArray, init: NDArray, xs: NDArray): [NDArray, NDArray] => {
    const ys: NDArray[] = []
    let carry = init
    for (let i = 0; i < 4; i++) {
      const at = reverse ? 3 - i : i
      ;[carry, ys[at]] = step(w, carry, lax.indexInDim(xs, at, 0, { keepdims: false }))
    }
    return [carry, np.stack(ys)]
  }
const inputs: [NDArray, NDArray, NDArray] = [float(3, 3), float(3), float(4, 3)]

describe.each([false, true])('scan is the unrolled loop (reverse: %s)', (reverse) => {
  const [f, g] = [looped(reverse), unrolled(reverse)]
  const tangents: [NDArray, NDArray, NDArray] = [float(3, 3), float(3), float(4, 3)]
  const cts: [NDArray, NDArray] = [float(3), float(4, 3)]

  test('value', () => {
    expectSame(f(...inputs), g(...inputs))
    expectSame(jit(f)(...inputs), g(...inputs))
  })
  test('jvp', () => {
    expectSame(jvp(f, inputs, tangents), jvp(g, inputs, tangents))
  })
  test('vjp', () => {
    expectSame(vjp(f, inputs)[1](cts), vjp(g, inputs)[1](cts))
    expectSame(jit((...xs: typeof inputs) => vjp(f, xs)[1](cts))(...inputs), vjp(g, inputs)[1](cts))
  })
  test('second derivatives', () => {
    const loss = (h: typeof f) => (w: NDArray) => h(w, inputs[1], inputs[2])[1].mul(cts[1]).sum()
    const second = (h: typeof f) => grad((w: NDArray) => grad(loss(h))(w).mul(tangents[0]).sum())(inputs[0])
    expectSame(second(f), second(g))
  })
  test('checkpoint changes nothing', () => {
    expectSame(vjp(checkpoint(f), inputs)[1](cts), vjp(g, inputs)[1](cts))
    const each = (w: NDArray, init: NDArray, xs: NDArray): [NDArray, NDArray] =>
      lax.scan(
        checkpoint((carry: NDArray, x: NDArray) => step(w, carry, x)),
        init,
        xs,
        { reverse },
      )
    expectSame(vjp(each, inputs)[1](cts), vjp(g, inputs)[1](cts))
  })
  test('vmap over each operand', () => {
    const batched = [float(2, 3, 3), float(2, 3), float(2, 4, 3)] as const
    for (const mask of [
      [true, true, true],
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]) {
      const args = inputs.map((x, i) => (mask[i] === true ? (batched[i] as NDArray) : x)) as [
        NDArray,
        NDArray,
        NDArray,
      ]
      const axes = mask.map((is) => (is ? 0 : null))
      expectSame(vmap(f, axes)(...args), vmap(g, axes)(...args))
    }
  })
})

describe.each([false, true])('unrolled turns change nothing (reverse: %s)', (reverse) => {
  const [length, f] = [7, unrolledBy(false)]
  const long: typeof inputs = [inputs[0], inputs[1], float(length, 3)]
  function unrolledBy(unroll: number | boolean) {
    return (w: NDArray, init: NDArray, xs: NDArray): [NDArray, NDArray] =>
      lax.scan((carry, x) => step(w, carry, x), init, xs, { reverse, unroll })
  }
  const cts: [NDArray, NDArray] = [float(3), float(length, 3)]
  const tangents: typeof inputs = [float(3, 3), float(3), float(length, 3)]
  const batched = float(2, length, 3)
  const batch = (g: typeof f) => vmap((xs: NDArray) => g(long[0], long[1], xs))

  test.each([1, 2, 3, 7, 100, true, false])('unroll: %s', (unroll) => {
    const g = unrolledBy(unroll)
    expectSame(jit(g)(...long), f(...long))
    expectSame(jvp(g, long, tangents), jvp(f, long, tangents))
    expectSame(jit((...xs: typeof long) => vjp(g, xs)[1](cts))(...long), vjp(f, long)[1](cts))
    expectSame(jit(batch(g))(batched), batch(f)(batched))
  })
})

test('a number of steps in a turn that is none is an error', () => {
  const sum = (unroll: number) => () =>
    lax.scan((c, x) => [c.add(x), null], np.array(0), np.array([1, 2]), { unroll })
  for (const unroll of [0, -1, 1.5, NaN])
    expect(sum(unroll), String(unroll)).toThrow(/unroll must be true, false or/)
  expect(() => lax.foriLoop(0, np.array(3), (_, x) => x, np.array(1), { unroll: 2 })).toThrow(
    /unroll must be absent/,
  )
  expect(lax.foriLoop(0, 5, (i, x) => x.add(i), np.array(1), { unroll: 2 }).item()).toBe(11)
  expect(lax.foriLoop(0, np.array(5), (i, x) => x.add(i), np.array(1), { unroll: false }).item()).toBe(11)
})

test('residuals that all steps share are computed once and not stacked', () => {
  const [, , xs] = inputs
  const program = makeJaxpr((w: NDArray) =>
    vjp((v: NDArray) => looped(false)(v, inputs[1], xs)[0], [w])[1](inputs[1]),
  )
  const text = printJaxpr(program(inputs[0]).jaxpr)
  // The loop's own sin(w), and nowhere a stack of 4 matrices.
  expect(text).not.toContain('f64[4,3,3]')
})

test('residuals that are cheap to make of others are not stacked', () => {
  // The derivative of logistic is y·(1 − y): y alone is kept of each step.
  const f = (init: NDArray, xs: NDArray): NDArray =>
    lax.scan((carry, x) => [lax.logistic(carry.mul(x)), null], init, xs)[0]
  const [init, xs] = [float(5), float(4, 5)]
  const { jaxpr } = makeJaxpr((c: NDArray, x: NDArray) => vjp(f, [c, x])[1](c))(init, xs)
  const forward = jaxpr.equations.find((eqn) => eqn.primitive === 'scan')
  // The last carry, carry and y.
  expect(forward?.outputs.map((v) => v.aval.shape.join())).toEqual(['5', '4,5', '4,5'])
  checkedAgainstUnrolled(f, init, xs)
})

function checkedAgainstUnrolled(
  f: (init: NDArray, xs: NDArray) => NDArray,
  init: NDArray,
  xs: NDArray,
): void {
  const slow = (c: NDArray, x: NDArray): NDArray => {
    let carry = c
    for (let i = 0; i < 4; i++) carry = lax.logistic(carry.mul(lax.indexInDim(x, i, 0, { keepdims: false })))
    return carry
  }
  expectSame(vjp(f, [init, xs])[1](init), vjp(slow, [init, xs])[1](init))
}

describe('foriLoop', () => {
  test('with numbers for bounds it has a gradient', () => {
    const power = (x: NDArray): NDArray =>
      lax.foriLoop(0, 5, (_, y) => y.mul(x), np.array(1, { dtype: 'float64' }))
    const x = np.array(1.5, { dtype: 'float64' })
    expectClose(values(power(x)), [1.5 ** 5], 1e-12, 'x⁵')
    expectClose(values(grad(power)(x)), [5 * 1.5 ** 4], 1e-12, '5x⁴')
  })
  test('with an array for a bound it has forward derivatives only', () => {
    const f = (x: NDArray): NDArray => lax.foriLoop(0, np.array(3), (i, y) => y.mul(x).add(i), x)
    const x = np.array(1.5, { dtype: 'float64' })
    const [y, dy] = jvp(f, [x], [np.ones([], { dtype: 'float64' })])
    expectClose(values(y), [1.5 ** 4 + 1.5 + 2], 1e-12, 'value')
    expectClose(values(dy), [4 * 1.5 ** 3 + 1], 1e-12, 'tangent')
    expectClose(
      values(linearize(f, [x])[1](np.ones([], { dtype: 'float64' }))),
      values(dy),
      1e-12,
      'linearize',
    )
    expect(() => grad(f)(x)).toThrow(/not differentiable/)
  })
})

test('a batched condition stops each item at its own step', () => {
  const f = (x: NDArray): NDArray =>
    lax.whileLoop(
      (v) => np.less(v, 10),
      (v) => v.mul(2),
      x,
    )
  const xs = np.array([1, 3, 11, 0.1], { dtype: 'float64' })
  expectSame(vmap(f)(xs), np.array([16, 12, 11, 12.8], { dtype: 'float64' }))
})

describe('a choice is the branch that is taken', () => {
  const branches = [
    (x: NDArray): NDArray => np.sin(x).mul(x),
    (x: NDArray): NDArray => x.neg(),
    (_: NDArray): NDArray => np.ones([3], { dtype: 'float64' }),
  ]
  const x = float(3)
  test.each([0, 1, 2, -4, 7])('switch(%i)', (index) => {
    const taken = branches[Math.min(Math.max(index, 0), 2)] as (x: NDArray) => NDArray
    const f = (y: NDArray): NDArray => lax.switch(index, branches, y)
    const ct = float(3)
    expectSame(f(x), taken(x))
    expectSame(jvp(f, [x], [ct]), jvp(taken, [x], [ct]))
    expectSame(vjp(f, [x])[1](ct), vjp(taken, [x])[1](ct))
    expectSame(vjp(checkpoint(f), [x])[1](ct), vjp(taken, [x])[1](ct))
    expectSame(vmap(f)(np.stack([x, ct])), np.stack([taken(x), taken(ct)]))
  })
  test('a batched index takes a branch for each item', () => {
    const f = (i: NDArray, y: NDArray): NDArray => lax.switch(i, branches, y)
    const ys = vmap(f)(np.array([2, 0, 1]), np.stack([x, x, x]))
    expectSame(ys, np.stack([2, 0, 1].map((i) => (branches[i] as (x: NDArray) => NDArray)(x))))
  })
  test('cond', () => {
    const f = (y: NDArray): NDArray => lax.cond(y.sum().greater(0), np.sin, np.cos, y)
    for (const y of [np.abs(x), np.abs(x).neg()]) {
      const taken = y.sum().item() > 0 ? np.sin : np.cos
      expectSame(grad((v: NDArray) => f(v).sum())(y), grad((v: NDArray) => taken(v).sum())(y))
    }
  })
})

describe('mistakes', () => {
  const codeOf = (f: () => unknown): unknown => {
    try {
      f()
    } catch (error) {
      return error instanceof CotangentError ? [error.code, error.message] : error
    }
    return 'no error'
  }
  const xs = np.zeros([3])
  test.each([
    [
      'carry of another dtype',
      () => lax.scan((c) => [{ a: c.a.astype('int32') }, null], { a: np.zeros([]) }, xs),
      'dtype',
      'carry.a',
    ],
    [
      'carry of another shape',
      () => lax.scan((c) => [np.stack([c, c]), null], np.zeros([]), xs),
      'shape',
      'carry',
    ],
    ['carry of another structure', () => lax.scan((c) => [[c], null], np.zeros([]), xs), 'tree', 'carry'],
    ['no length', () => lax.scan((c) => [c, null], np.zeros([]), null), 'argument', 'length'],
    [
      'lengths that differ',
      () => lax.scan((c) => [c, null], np.zeros([]), [xs, np.zeros([2])]),
      'shape',
      'length',
    ],
    ['no pair', () => lax.scan(((c: NDArray) => c) as never, np.zeros([]), xs), 'argument', '[carry, y]'],
    [
      'async body',
      () => lax.scan((async (c: NDArray) => [c, c]) as never, np.zeros([]), xs),
      'asyncFunction',
      'Promise',
    ],
    [
      'branches that differ',
      () =>
        lax.cond(
          true,
          (x) => x,
          (x) => np.stack([x, x]),
          xs,
        ),
      'shape',
      'branch',
    ],
    [
      'condition that is no bool',
      () =>
        lax.whileLoop(
          (x) => x,
          (x) => x,
          np.zeros([]),
        ),
      'dtype',
      'bool',
    ],
  ] as const)('%s', (_, f, code, part) => {
    expect(codeOf(f)).toEqual([code, expect.stringContaining(part)])
  })
  test('a plain number takes the dtype that the body gives back', () => {
    expect(lax.scan((c, x) => [np.add(c, x), null], 0, np.array([0.5, 1]))[0].js()).toBe(1.5)
  })
})
