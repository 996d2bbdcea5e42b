/**
 * Transposes of control flow: a linear scan runs backwards with cotangents for carries; what its constants are
 * owed adds up on the way. A choice is transposed branch by branch.
 */

import { fail } from '../../core/errors.js'
import { bind } from '../../core/interpreter.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { add } from '../../core/ops.js'
import type { ControlSigs, ScanParams } from '../../core/primitives/control.js'
import {
  cut,
  fixedPoint,
  inputAvals,
  marked,
  outputAvals,
  recordBody,
  scattered,
  union,
  unmarked,
  zerosOf,
} from '../bodies.js'
import { evalJaxpr } from '../evaluate.js'
import { closesOverArraysOnly, maskKey, memoByJaxpr } from '../memo.js'
import {
  isLinear,
  type Cotangent,
  type LinearInput,
  type TransposeContext,
  type TransposeRule,
  type TransposeTable,
} from '../rules.js'
import { known } from './helpers.js'

type Mask = readonly boolean[]
const present = (cts: readonly Cotangent[]): NDArray[] => cts.filter((ct) => ct !== null)
const isNonzero = (cts: readonly Cotangent[]): boolean[] => cts.map((ct) => ct !== null)
const knownOf = (inputs: readonly (NDArray | LinearInput)[]): NDArray[] =>
  inputs.filter((input): input is NDArray => !isLinear(input))

interface TransposedScan {
  /** (closed, known consts, ct carries, sums for linear consts, ct ys, known xs) → (ct carries, sums, ct xs). */
  readonly jaxpr: Jaxpr
  readonly consts: readonly NDArray[]
  readonly carryMask: Mask
  /** Which linear constants, and which linear xs, get a cotangent. */
  readonly constMask: Mask
  readonly xMask: Mask
}

const transposedScan = memoByJaxpr(
  (_: TransposeContext, consts: Mask, xs: Mask, carries: Mask, ys: Mask) => maskKey(consts, xs, carries, ys),
  (
    jaxpr: Jaxpr,
    { transposeJaxpr }: TransposeContext,
    consts: Mask,
    xs: Mask,
    carries: Mask,
    ys: Mask,
  ): TransposedScan => {
    const linear = [...consts, ...carries.map(() => true), ...xs]
    const linearConsts = consts.filter(Boolean).length
    const program = (mask: Mask) => transposeJaxpr(jaxpr, linear, [...mask, ...ys])
    const carryMask = fixedPoint(carries, (mask) =>
      program(mask).nonzero.slice(linearConsts, linearConsts + mask.length),
    )
    const { jaxpr: transposed, consts: closed, nonzero } = program(carryMask)
    const [constMask = [], , xMask = []] = cut(nonzero, linearConsts, carries.length)
    const [constAvals = [], carryAvals = [], xAvals = []] = cut(
      inputAvals(jaxpr),
      consts.length,
      carries.length,
    )
    const parts = [
      closed.map((x) => x.aval),
      unmarked(constAvals, consts),
      marked(carryAvals, carryMask),
      marked(marked(constAvals, consts), constMask),
      marked(outputAvals(jaxpr).slice(carries.length), ys),
      unmarked(xAvals, xs),
    ]
    const body = recordBody('transpose of a scan', parts.flat(), (...args) => {
      const [own = [], fixed = [], ct = [], sums = [], ctY = [], items = []] = cut(
        args,
        ...parts.map((part) => part.length),
      )
      const results = scattered(nonzero, evalJaxpr(transposed, [...own, ...fixed, ...items, ...ct, ...ctY]))
      const [toConsts = [], toCarries = [], toXs = []] = cut(results, linearConsts, carries.length)
      return [
        ...marked(
          toCarries.map((c, i) => c ?? zerosOf(carryAvals[i] as NDArray['aval'])),
          carryMask,
        ),
        ...present(toConsts).map((c, i) => add(sums[i] as NDArray, c)),
        ...present(toXs),
      ]
    })
    return { jaxpr: body, consts: closed, carryMask, constMask, xMask }
  },
  closesOverArraysOnly,
)

/** Cotangents of a list of operands: those of the linear ones that `mask` marks. */
const toOperands = (linear: Mask, mask: Mask, cts: readonly NDArray[]): Cotangent[] =>
  scattered(linear, scattered(mask, cts))

function transposeScan(
  cts: readonly Cotangent[],
  inputs: readonly (NDArray | LinearInput)[],
  params: ScanParams<Jaxpr>,
  context: TransposeContext,
): readonly Cotangent[] {
  const [consts = [], init = [], xs = []] = cut(inputs, params.consts, params.carries)
  const [last = [], ys = []] = cut(cts, params.carries)
  const [linearConsts, linearXs] = [consts.map(isLinear), xs.map(isLinear)]
  const body = transposedScan(params.jaxpr, context, linearConsts, linearXs, isNonzero(last), isNonzero(ys))
  const started = marked(
    last.map((ct, i) => ct ?? zerosOf((init[i] as NDArray | LinearInput).aval)),
    body.carryMask,
  )
  const sums = marked(marked(consts, linearConsts), body.constMask).map(({ aval }) => zerosOf(aval))
  const fixed = [...body.consts, ...knownOf(consts)]
  const results = bind('scan', [...fixed, ...started, ...sums, ...present(ys), ...knownOf(xs)], {
    ...params,
    jaxpr: body.jaxpr,
    reverse: !params.reverse,
    consts: fixed.length,
    carries: started.length + sums.length,
  })
  const [toInit = [], toConsts = [], toXs = []] = cut(results, started.length, sums.length)
  return [
    ...toOperands(linearConsts, body.constMask, toConsts),
    // A carry may start from a zero that is known; only linear ones hear of their cotangent.
    ...scattered(body.carryMask, toInit).map((ct, i) => (isLinear(init[i] as LinearInput) ? ct : null)),
    ...toOperands(linearXs, body.xMask, toXs),
  ]
}

interface TransposedChoice {
  /** (closed of all, known operands, cotangents) → cotangents of the marked linear operands. */
  readonly branches: readonly Jaxpr[]
  readonly consts: readonly NDArray[]
  readonly mask: Mask
}

const transposedChoice = memoByJaxpr(
  (_: TransposeContext, linear: Mask, cts: Mask) => maskKey(linear, cts),
  (
    branches: readonly Jaxpr[],
    { transposeJaxpr }: TransposeContext,
    linear: Mask,
    cts: Mask,
  ): TransposedChoice => {
    const programs = branches.map((branch) => transposeJaxpr(branch, linear, cts))
    const mask = union(programs.map((program) => program.nonzero))
    const consts = programs.flatMap((program) => program.consts)
    let first = 0
    const made = programs.map(({ jaxpr, consts: own, nonzero }, i) => {
      const start = first
      first += own.length
      const owed = marked(inputAvals(branches[i] as Jaxpr), linear)
      const avals = [...consts.map((x) => x.aval), ...inputAvals(jaxpr).slice(own.length)]
      return recordBody('transpose of a branch', avals, (...args) => {
        const operands = [...args.slice(start, start + own.length), ...args.slice(consts.length)]
        const results = scattered(nonzero, evalJaxpr(jaxpr, operands))
        return marked(
          owed.map((aval, k) => results[k] ?? zerosOf(aval)),
          mask,
        )
      })
    })
    return { branches: made, consts, mask }
  },
  closesOverArraysOnly,
)

const transposeSwitch: TransposeRule<'switch'> = (cts, [index, ...operands], { branches }, context) => {
  const linear = operands.map(isLinear)
  const { branches: made, consts, mask } = transposedChoice(branches, context, linear, isNonzero(cts))
  if (!mask.includes(true)) return [null, ...linear.map(() => null)]
  const inputs = [known('switch', index), ...consts, ...knownOf(operands), ...present(cts)]
  return [null, ...toOperands(linear, mask, bind('switch', inputs, { branches: made }))]
}

export const control: TransposeTable<keyof ControlSigs<Jaxpr>> = {
  scan: transposeScan,
  while: () =>
    fail('notDifferentiable', {
      operation: 'whileLoop (or foriLoop with bounds that are arrays) in reverse mode',
      reason: 'how often it runs is not known, so its steps cannot be kept for the way back',
      fix: 'Use scan, or foriLoop with bounds that are plain numbers, or differentiate forwards with jvp or jacfwd.',
    }),
  switch: transposeSwitch,
}
