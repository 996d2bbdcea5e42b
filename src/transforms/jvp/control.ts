/** Derivatives of control flow: tangents travel as further carries, items and operands of the same loop or choice. */

import { bind } from '../../core/interpreter.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { zerosLike } from '../../core/ops.js'
import type { ControlSigs } from '../../core/primitives/control.js'
import {
  cut,
  fixedPoint,
  inputAvals,
  marked,
  outputAvals,
  recordBody,
  scattered,
  union,
  withExtraInputs,
  zerosOf,
} from '../bodies.js'
import { evalJaxpr } from '../evaluate.js'
import { closesOverArraysOnly, maskKey, memoByJaxpr } from '../memo.js'
import type { JvpContext, JvpTable, Tangent } from '../rules.js'

type Mask = readonly boolean[]

const isNonzero = (tangents: readonly Tangent[]): boolean[] => tangents.map((dx) => dx !== null)
const present = (tangents: readonly Tangent[]): NDArray[] => tangents.filter((dx) => dx !== null)
/** The tangents that `mask` marks, zeros where there is none. */
const instantiated = (primals: readonly NDArray[], tangents: readonly Tangent[], mask: Mask): NDArray[] =>
  marked(
    primals.map((x, i) => tangents[i] ?? zerosLike(x)),
    mask,
  )

/** A loop's body with tangents: (closed, consts, consts', carries, carries', xs, xs') → (carries, carries', ys, ys'). */
interface LoopDerivative {
  readonly jaxpr: Jaxpr
  readonly consts: readonly NDArray[]
  readonly carryMask: Mask
  readonly yMask: Mask
}

const loopDerivative = memoByJaxpr(
  (_: JvpContext, consts: Mask, carries: Mask, xs: Mask) => maskKey(consts, carries, xs),
  (jaxpr: Jaxpr, { jvpJaxpr }: JvpContext, consts: Mask, carries: Mask, xs: Mask): LoopDerivative => {
    const program = (mask: Mask) => jvpJaxpr(jaxpr, [...consts, ...mask, ...xs])
    const carryMask = fixedPoint(carries, (mask) => program(mask).nonzeroOutputs.slice(0, mask.length))
    const { jaxpr: derivative, consts: closed, nonzeroOutputs } = program(carryMask)
    const masks = [consts, carryMask, xs]
    const parts = cut(inputAvals(jaxpr), consts.length, carries.length)
    const avals = parts.flatMap((part, i) => [...part, ...marked(part, masks[i] ?? [])])
    const sizes = parts.flatMap((part, i) => [part.length, marked(part, masks[i] ?? []).length])
    const ys = outputAvals(jaxpr)
    const body = recordBody('jvp of a loop', [...closed.map((x) => x.aval), ...avals], (...args) => {
      const [own = [], c = [], dc = [], s = [], ds = [], x = [], dx = []] = cut(args, closed.length, ...sizes)
      const results = evalJaxpr(derivative, [...own, ...c, ...s, ...x, ...dc, ...ds, ...dx])
      const [outputs = [], computed = []] = cut(results, ys.length)
      const tangents = scattered(nonzeroOutputs, computed)
      const carried = marked(
        carryMask.map((_, i) => tangents[i] ?? zerosOf((outputs[i] as NDArray).aval)),
        carryMask,
      )
      const count = carries.length
      return [
        ...outputs.slice(0, count),
        ...carried,
        ...outputs.slice(count),
        ...present(tangents.slice(count)),
      ]
    })
    return { jaxpr: body, consts: closed, carryMask, yMask: nonzeroOutputs.slice(carries.length) }
  },
  closesOverArraysOnly,
)

/** The condition with the tangents of the carries, which it does not read. */
const widerCondition = memoByJaxpr(
  (mask: Mask) => maskKey(mask),
  (cond: Jaxpr, mask: Mask): Jaxpr =>
    withExtraInputs(cond, marked(inputAvals(cond).slice(cond.inputs.length - mask.length), mask)),
)

/** The branches with tangents: (closed, operands, operands') → (outputs, outputs' that any branch has). */
interface ChoiceDerivative {
  readonly branches: readonly Jaxpr[]
  readonly consts: readonly NDArray[]
  readonly mask: Mask
}

const choiceDerivative = memoByJaxpr(
  (_: JvpContext, nonzero: Mask) => maskKey(nonzero),
  (branches: readonly Jaxpr[], { jvpJaxpr }: JvpContext, nonzero: Mask): ChoiceDerivative => {
    const programs = branches.map((branch) => jvpJaxpr(branch, nonzero))
    const mask = union(programs.map((program) => program.nonzeroOutputs))
    const consts = programs.flatMap((program) => program.consts)
    let first = 0
    const made = programs.map(({ jaxpr, consts: own, nonzeroOutputs }) => {
      const start = first
      first += own.length
      const operands = inputAvals(jaxpr).slice(own.length)
      return recordBody('jvp of a branch', [...consts.map((x) => x.aval), ...operands], (...args) => {
        const results = evalJaxpr(jaxpr, [
          ...args.slice(start, start + own.length),
          ...args.slice(consts.length),
        ])
        const [outputs = [], computed = []] = cut(results, mask.length)
        const tangents = scattered(nonzeroOutputs, computed)
        return [...outputs, ...instantiated(outputs, tangents, mask)]
      })
    })
    return { branches: made, consts, mask }
  },
  closesOverArraysOnly,
)

export const control: JvpTable<keyof ControlSigs<Jaxpr>> = {
  scan: (primals, tangents, params, context) => {
    const { jaxpr, consts, carries } = params
    const [c = [], init = [], xs = []] = cut(primals, consts, carries)
    const [dc = [], dinit = [], dxs = []] = cut(tangents, consts, carries)
    const body = loopDerivative(jaxpr, context, isNonzero(dc), isNonzero(dinit), isNonzero(dxs))
    const started = instantiated(init, dinit, body.carryMask)
    const fixed = [...body.consts, ...c, ...present(dc)]
    const results = bind('scan', [...fixed, ...init, ...started, ...xs, ...present(dxs)], {
      ...params,
      jaxpr: body.jaxpr,
      consts: fixed.length,
      carries: carries + started.length,
    })
    const count = body.yMask.length
    const [last = [], dlast = [], ys = [], dys = []] = cut(results, carries, started.length, count)
    return [
      [...last, ...ys],
      [...scattered(body.carryMask, dlast), ...scattered(body.yMask, dys)],
    ]
  },
  while: (primals, tangents, { cond, body, condConsts, bodyConsts }, context) => {
    const [tested = [], c = [], init = []] = cut(primals, condConsts, bodyConsts)
    const [, dc = [], dinit = []] = cut(tangents, condConsts, bodyConsts)
    const derivative = loopDerivative(body, context, isNonzero(dc), isNonzero(dinit), [])
    const mask = derivative.carryMask
    const fixed = [...derivative.consts, ...c, ...present(dc)]
    const started = instantiated(init, dinit, mask)
    const results = bind('while', [...tested, ...fixed, ...init, ...started], {
      cond: widerCondition(cond, mask),
      body: derivative.jaxpr,
      condConsts,
      bodyConsts: fixed.length,
    })
    return [results.slice(0, init.length), scattered(mask, results.slice(init.length))]
  },
  switch: ([index, ...operands], [, ...tangents], { branches }, context) => {
    const { branches: made, consts, mask } = choiceDerivative(branches, context, isNonzero(tangents))
    const results = bind('switch', [index as NDArray, ...consts, ...operands, ...present(tangents)], {
      branches: made,
    })
    return [results.slice(0, mask.length), scattered(mask, results.slice(mask.length))]
  },
}
