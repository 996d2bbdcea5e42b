/** Every primitive, under every transformation, against what defines it: differences, inner products, loops. */

import { jit, jvp, linearize, numpy as np, vjp, vmap, type NDArray } from 'cotangent'
import { describe, expect, test } from 'vitest'
import { bind } from '../../../src/core/interpreter.js'
import type { PrimitiveName } from '../../../src/core/jaxpr.js'
import { cases, type Case, type Input } from './cases.js'
import { expectClose, expectSame, fromData, inner, numbers, random, values } from './support.js'

const step = 1e-5
const isFloat = (x: NDArray): boolean => x.dtype === 'float64'
const make = (next: () => number, inputs: readonly Input[]): NDArray[] =>
  inputs.map(({ shape, dtype, low, high }) => random(next, shape, dtype, low, high))

type Flat = (...xs: readonly NDArray[]) => NDArray[]
const applied =
  <P extends PrimitiveName>(primitive: P, { params }: Case<P>): Flat =>
  (...xs) => [...(bind(primitive, xs, params) as readonly NDArray[])]

/** `f` as a function of its float arguments, giving its float results. */
function restrict(f: Flat, inputs: readonly NDArray[]): Flat {
  return (...some) => {
    let at = 0
    return f(...inputs.map((x) => (isFloat(x) ? (some[at++] as NDArray) : x))).filter(isFloat)
  }
}

/** (f(x + h dx) − f(x − h dx)) / 2h */
function differences(f: Flat, xs: readonly NDArray[], dxs: readonly NDArray[]): number[] {
  const at = (h: number): number[] => f(...xs.map((x, i) => moved(x, dxs[i] as NDArray, h))).flatMap(values)
  const [after, before] = [at(step), at(-step)]
  return after.map((y, i) => (y - (before[i] ?? NaN)) / (2 * step))
}
function moved(x: NDArray, dx: NDArray, h: number): NDArray {
  const direction = values(dx)
  return fromData(
    values(x).map((v, i) => v + h * (direction[i] ?? 0)),
    x.shape,
    x.dtype,
  )
}

const examples = (Object.keys(cases) as PrimitiveName[]).flatMap((primitive) =>
  (cases[primitive] as readonly Case<PrimitiveName>[]).map((example, i) => ({
    name: `${primitive} ${i}`,
    primitive,
    example,
    seed: 17 * i + primitive.length,
  })),
)

const directionsLike = (next: () => number, xs: readonly NDArray[]): NDArray[] =>
  xs.map((x) => random(next, x.shape, 'float64', -1, 1))

describe('derivatives', () => {
  const differentiable = examples.filter(
    ({ primitive, example }) =>
      primitive !== 'nextAfter' && example.inputs.some(({ dtype }) => dtype === 'float64'),
  )
  test.each(differentiable)('$name: jvp is the limit of differences', ({ primitive, example, seed }) => {
    const next = numbers(seed)
    const inputs = make(next, example.inputs)
    const f = restrict(applied(primitive, example), inputs)
    const xs = inputs.filter(isFloat)
    const dxs = directionsLike(next, xs)
    const [, tangents] = jvp(f, xs, dxs)
    expectClose(tangents.flatMap(values), differences(f, xs, dxs), 1e-7, 'jvp')
  })

  test.each(differentiable)('$name: the transpose of linearize is vjp', ({ primitive, example, seed }) => {
    const next = numbers(seed)
    const inputs = make(next, example.inputs)
    const f = restrict(applied(primitive, example), inputs)
    const xs = inputs.filter(isFloat)
    const dxs = directionsLike(next, xs)
    const [ys, linear] = linearize(f, xs)
    const dys = linear(...dxs)
    const cts = directionsLike(next, ys)
    const [, pullback] = vjp(f, xs)
    const [left, right] = [inner(cts, dys), inner(pullback(cts), dxs)]
    expectClose([left], [right], 1e-12, '⟨u, Jv⟩ = ⟨Jᵀu, v⟩')
    expectSame(dys, jvp(f, xs, dxs)[1])
  })

  test.each(differentiable)('$name: derivatives of the derivative', ({ primitive, example, seed }) => {
    const next = numbers(seed)
    const inputs = make(next, example.inputs)
    const f = restrict(applied(primitive, example), inputs)
    const xs = inputs.filter(isFloat)
    const ys = f(...xs)
    if (ys.length === 0) return
    const cts = directionsLike(next, ys)
    const gradient: Flat = (...at) => [...vjp(f, at)[1](cts)]
    const dxs = directionsLike(next, xs)
    const [, tangents] = jvp(gradient, xs, dxs)
    expectClose(tangents.flatMap(values), differences(gradient, xs, dxs), 1e-6, 'forward over reverse')
    const us = directionsLike(next, xs)
    const second = vjp(gradient, xs)[1](us)
    expectClose([inner(second, dxs)], [inner(us, tangents)], 1e-10, 'reverse over reverse')
  })
})

describe('batching', () => {
  const size = 3
  const stacked = (items: readonly (readonly NDArray[])[], axis: number): NDArray[] =>
    (items[0] ?? []).map((x, k) =>
      np.stack(
        items.map((item) => item[k] as NDArray),
        Math.min(axis, x.ndim),
      ),
    )

  test.each(examples.filter(({ example }) => example.inputs.length > 0))(
    '$name: vmap is a loop',
    ({ primitive, example, seed }) => {
      const next = numbers(seed)
      const f = applied(primitive, example)
      const items = Array.from({ length: size }, () => make(next, example.inputs))
      const first = items[0] as NDArray[]
      // All operands batched, at the first and at the last place; then each operand alone.
      const masks = [
        first.map(() => true),
        ...(first.length > 1 ? first.map((_, i) => first.map((_, j) => i === j)) : []),
      ]
      for (const mask of masks) {
        const own = items.map((item) => item.map((x, i) => (mask[i] === true ? x : (first[i] as NDArray))))
        const expected = stacked(
          own.map((item) => f(...item)),
          0,
        )
        for (const axis of [0, 9]) {
          const args = stacked(own, axis).map((x, i) => (mask[i] === true ? x : (first[i] as NDArray)))
          const inAxes = first.map((x, i) => (mask[i] === true ? Math.min(axis, x.ndim) : null))
          expectSame(vmap(f, inAxes)(...args), expected, 1e-11)
        }
      }
    },
  )
})

describe('compilation', () => {
  test.each(examples)('$name: jit changes nothing', ({ primitive, example, seed }) => {
    const inputs = make(numbers(seed), example.inputs)
    const f = applied(primitive, example)
    expectSame(jit(f)(...inputs), f(...inputs))
  })
})

test('every primitive has an example, or is tested elsewhere', () => {
  const empty = (Object.keys(cases) as PrimitiveName[]).filter((primitive) => cases[primitive].length === 0)
  expect(empty).toEqual(['while', 'customVjp', 'customLinear'])
})
