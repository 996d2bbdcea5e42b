/** Dead code in and around control flow. */

import { jit, lax, makeJaxpr, numpy as np, type NDArray } from 'cotangent'
import { describe, expect, test } from 'vitest'
import { dceJaxpr } from '../../../src/core/dce.js'
import type { Equation, Jaxpr, PrimitiveName } from '../../../src/core/jaxpr.js'
import { verifyJaxpr } from '../../../src/core/verify.js'
import { evalJaxpr } from '../../../src/transforms/index.js'
import { expectSame } from '../transforms/support.js'

const array = (x: Parameters<typeof np.array>[0]): NDArray => np.array(x, { dtype: 'float64' })

function only<P extends PrimitiveName>(jaxpr: Jaxpr, primitive: P): Equation<P> {
  const found = jaxpr.equations.filter((eqn) => eqn.primitive === primitive)
  expect(found.length).toBe(1)
  return found[0] as unknown as Equation<P>
}

/** The program of `f` with only the results that `keep` marks; it still computes them. */
function pruned(f: (...xs: NDArray[]) => unknown, keep: readonly boolean[], xs: readonly NDArray[]): Jaxpr {
  const { jaxpr, consts } = makeJaxpr(f)(...xs)
  const made = dceJaxpr(jaxpr, keep)
  verifyJaxpr(made, 'dce')
  const all = [...consts, ...xs]
  expectSame(
    evalJaxpr(made, all),
    evalJaxpr(jaxpr, all).filter((_, i) => keep[i]),
  )
  return made
}

describe('a scan', () => {
  /** a feeds b, b feeds c, d is alone; two results, of which the second needs d. */
  const f = (v: NDArray, w: NDArray, xs: NDArray): unknown => {
    const [[a, b, c, d], [y, z]] = lax.scan(
      ([p, q, r, s], x) => [
        [p.mul(v), q.add(p), r.add(q), s.mul(w)],
        [p.add(x), s.sub(1)],
      ],
      [array(1), array(2), array(3), array(4)] as const,
      xs,
    ) as unknown as [NDArray[], NDArray[]]
    return [a, b, c, d, y, z]
  }
  const inputs: [NDArray, NDArray, NDArray] = [array(0.5), array(0.25), array([1, 2, 3])]
  const kept = (...keep: number[]): Equation<'scan'> =>
    only(
      pruned(
        f,
        [0, 1, 2, 3, 4, 5].map((i) => keep.includes(i)),
        inputs,
      ),
      'scan',
    )

  test('keeps the carries that those it needs are made from', () => {
    expect(kept(0).params.carries).toBe(1)
    expect(kept(1).params.carries).toBe(2)
    expect(kept(2).params.carries).toBe(3)
    expect(kept(3).params.carries).toBe(1)
  })
  test('drops constants and items that nothing needs', () => {
    const last = kept(3)
    expect([last.params.consts, last.inputs.length]).toEqual([1, 2])
    const stacked = kept(4)
    expect([stacked.params.consts, stacked.params.carries, stacked.inputs.length]).toEqual([1, 1, 3])
    expect(stacked.outputs.length).toBe(2)
  })
  test('stays the same equation where all of it is needed', () => {
    const { jaxpr } = makeJaxpr(f)(...inputs)
    const [before, after] = [jaxpr, dceJaxpr(jaxpr)].map((program) => only(program, 'scan'))
    expect(after).toBe(before)
  })
  test('loses dead code of its body, in loops within loops too', () => {
    const outer = (xs: NDArray): unknown =>
      lax.scan(
        (c, x) => {
          const [last, ys] = lax.scan((d, y) => [d.add(y), np.exp(d)], c, x)
          void ys
          return [last, null]
        },
        array(0),
        xs,
      )[0]
    const made = pruned(
      outer,
      [true],
      [
        array([
          [1, 2],
          [3, 4],
        ]),
      ],
    )
    const inner = only(only(made, 'scan').params.jaxpr, 'scan')
    expect(inner.outputs.length).toBe(1)
    expect(inner.params.jaxpr.equations.map((eqn) => eqn.primitive)).toEqual(['add'])
  })
})

test('a while loop keeps what its condition and the needed carries need', () => {
  const f = (v: NDArray, w: NDArray): unknown =>
    lax.whileLoop(
      ([i]) => np.less(i, 3),
      ([i, a, b]) => [i.add(1), a.mul(v), b.mul(w)],
      [np.array(0), array(1), array(2)] as const,
    )
  const inputs = [array(2), array(3)]
  const counted = only(pruned(f, [true, false, false], inputs), 'while')
  expect([counted.params.bodyConsts, counted.outputs.length]).toEqual([0, 1])
  const one = only(pruned(f, [false, true, false], inputs), 'while')
  expect([one.params.bodyConsts, one.outputs.length]).toEqual([1, 2])
})

test('a choice drops results, and operands that no branch needs then', () => {
  const f = (i: NDArray, x: NDArray, y: NDArray): unknown =>
    lax.switch(i, [(a, b) => [np.sin(a), b], (a, b) => [a, np.cos(b)]], x, y)
  const made = only(pruned(f, [true, false], [np.array(1), array(2), array(3)]), 'switch')
  expect([made.inputs.length, made.outputs.length]).toEqual([2, 1])
  expect(made.params.branches.map((branch) => branch.inputs.length)).toEqual([1, 1])
})

test('a program that is pruned twice the same way stays one program', () => {
  const f = jit((x: NDArray) => lax.scan((c, y) => [c.add(y), c], array(0), x)[0])
  const { jaxpr } = makeJaxpr((x: NDArray) => [f(x), f(x)])(array([1, 2]))
  const bodies = jaxpr.equations.map((eqn) => ('jaxpr' in eqn.params ? eqn.params.jaxpr : null))
  expect(bodies[0]).toBe(bodies[1])
})
