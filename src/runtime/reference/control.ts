/**
 * Control flow by its definition: a scan is a loop over items, a while loop a while loop, a switch a choice.
 */

import { avalOf } from '../../core/aval.js'
import { hostArray, type HostArray } from '../../core/dtype.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { ControlSigs } from '../../core/primitives/control.js'
import { at, type ReferenceTable, type Value } from './values.js'

type Evaluate = (jaxpr: Jaxpr, inputs: readonly Value[]) => readonly HostArray[]

const values = (like: readonly Value[], data: readonly HostArray[]): Value[] =>
  like.map(({ aval }, i) => ({ aval, data: data[i] ?? hostArray(aval.dtype, aval.size) }))

/** Item `t` along the first axis. */
function item({ aval, data }: Value, t: number): Value {
  const inner = avalOf(aval.shape.slice(1), aval.dtype)
  return { aval: inner, data: data.subarray(t * inner.size, (t + 1) * inner.size) }
}

/** The rules, given how a whole jaxpr is evaluated. */
export const control = (evaluate: Evaluate): ReferenceTable<keyof ControlSigs<Jaxpr>> => ({
  scan: (inputs, { jaxpr, length, reverse, consts, carries }, outputs) => {
    const fixed = inputs.slice(0, consts)
    const xs = inputs.slice(consts + carries)
    let carry = inputs.slice(consts, consts + carries)
    const ys = outputs.slice(carries).map((aval) => hostArray(aval.dtype, aval.size))
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step
      const results = evaluate(jaxpr, [...fixed, ...carry, ...xs.map((x) => item(x, t))])
      carry = values(carry, results.slice(0, carries))
      results.slice(carries).forEach((y, i) => ys[i]?.set(y, t * y.length))
    }
    return [...carry.map((c) => c.data.slice()), ...ys]
  },
  while: (inputs, { cond, body, condConsts, bodyConsts }) => {
    const condFixed = inputs.slice(0, condConsts)
    const bodyFixed = inputs.slice(condConsts, condConsts + bodyConsts)
    let carry = inputs.slice(condConsts + bodyConsts)
    while (at(evaluate(cond, [...condFixed, ...carry])[0] ?? [], 0) !== 0) {
      carry = values(carry, evaluate(body, [...bodyFixed, ...carry]))
    }
    return carry.map((c) => c.data.slice())
  },
  switch: ([index, ...operands], { branches }) => {
    const chosen = Math.min(Math.max(at(index?.data ?? [], 0), 0), branches.length - 1)
    const branch = branches[chosen]
    return branch === undefined ? [] : evaluate(branch, operands)
  },
})
