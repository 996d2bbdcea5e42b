/**
 * Batching of control flow: bodies are batched. A loop whose condition differs between items runs until all are
 * done, finished items keeping their values; a choice that differs between items computes every branch.
 */

import type { Aval } from '../../core/aval.js'
import { constant } from '../../core/constants.js'
import { bind } from '../../core/interpreter.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { broadcastInDim, ge, moveAxis, reduceOr, select } from '../../core/ops.js'
import type { ControlSigs } from '../../core/primitives/control.js'
import { callJit } from '../call.js'
import { cut, fixedPoint, inputAvals, recordBody, union } from '../bodies.js'
import { evalJaxpr } from '../evaluate.js'
import { closesOverArraysOnly, memoByJaxpr } from '../memo.js'
import type { BatchContext, BatchDim, BatchedProgram, BatchTable } from '../rules.js'
import { align } from './helpers.js'

type Dims = readonly BatchDim[]

const isBatched = (dims: Dims): boolean[] => dims.map((dim) => dim !== null)
const leadingWhere = (mask: readonly boolean[]): BatchDim[] => mask.map((is) => (is ? 0 : null))
/** The arrays that `mask` marks with their batch axes at 0. */
const aligned = (xs: readonly NDArray[], dims: Dims, mask: readonly boolean[], size: number): NDArray[] =>
  xs.map((x, i) => (mask[i] === true ? align(x, dims[i] ?? null, 0, size) : x))

/** `condition`, one flag an item, over the elements of items of shape `aval`. */
const perItem = (condition: NDArray, { shape }: Aval): NDArray => broadcastInDim(condition, shape, [0])

/** A program that gives its marked outputs with the batch axis at 0 and the others without one. */
const withOutputs = ({ jaxpr, outputDims }: BatchedProgram, mask: readonly boolean[], size: number): Jaxpr =>
  recordBody('vmap of a body', inputAvals(jaxpr), (...args) =>
    aligned(evalJaxpr(jaxpr, args), outputDims, mask, size),
  )

interface BatchedBody {
  readonly jaxpr: Jaxpr
  readonly consts: readonly NDArray[]
  readonly outputMask: readonly boolean[]
}

/** The body of a loop: carries are batched where anything makes them so, with the batch axis at 0. */
const batchedLoop = memoByJaxpr(
  (_: BatchContext, size: number, consts: Dims, carries: readonly boolean[], xs: Dims) =>
    `${size}:${consts.join()}:${carries.join()}:${xs.join()}`,
  (
    jaxpr: Jaxpr,
    { batchJaxpr }: BatchContext,
    size: number,
    consts: Dims,
    carries: readonly boolean[],
    xs: Dims,
  ): BatchedBody => {
    const program = (mask: readonly boolean[]) =>
      batchJaxpr(jaxpr, size, [...consts, ...leadingWhere(mask), ...xs])
    const carryMask = fixedPoint(carries, (mask) => isBatched(program(mask).outputDims.slice(0, mask.length)))
    const batched = program(carryMask)
    const outputMask = [...carryMask, ...isBatched(batched.outputDims.slice(carryMask.length))]
    return { jaxpr: withOutputs(batched, outputMask, size), consts: batched.consts, outputMask }
  },
  closesOverArraysOnly,
)

interface BatchedWhile {
  readonly cond: Jaxpr
  readonly body: Jaxpr
  readonly condConsts: readonly NDArray[]
  readonly bodyConsts: readonly NDArray[]
  /** Whether the body takes what the condition needs, before its own constants. */
  readonly selects: boolean
  readonly carryMask: readonly boolean[]
}

/** (condConsts, bodyConsts, carries) → carries, of which finished items keep theirs. */
function selectingBody(test: BatchedProgram, body: BatchedBody, tested: number, size: number): Jaxpr {
  const tests = inputAvals(test.jaxpr).slice(0, test.consts.length + tested)
  return recordBody('vmap of a while loop', [...tests, ...inputAvals(body.jaxpr)], (...args) => {
    const [needed = [], rest = []] = cut(args, tests.length)
    const before = rest.slice(rest.length - body.outputMask.length)
    const goes = align(
      evalJaxpr(test.jaxpr, [...needed, ...before])[0] as NDArray,
      test.outputDims[0] ?? null,
      0,
      size,
    )
    return evalJaxpr(body.jaxpr, rest).map((after, i) =>
      select(perItem(goes, after.aval), after, before[i] as NDArray),
    )
  })
}

const batchedWhile = memoByJaxpr(
  (_: Jaxpr, __: BatchContext, size: number, tested: Dims, consts: Dims, carries: readonly boolean[]) =>
    `${size}:${tested.join()}:${consts.join()}:${carries.join()}`,
  (
    body: Jaxpr,
    cond: Jaxpr,
    context: BatchContext,
    size: number,
    tested: Dims,
    consts: Dims,
    carries: readonly boolean[],
  ): BatchedWhile => {
    const shared = batchedLoop(body, context, size, consts, carries, [])
    const test = context.batchJaxpr(cond, size, [...tested, ...leadingWhere(shared.outputMask)])
    if (test.outputDims[0] === null) {
      return {
        cond: test.jaxpr,
        body: shared.jaxpr,
        condConsts: test.consts,
        bodyConsts: shared.consts,
        selects: false,
        carryMask: shared.outputMask,
      }
    }
    const all = carries.map(() => true)
    const separate = batchedLoop(body, context, size, consts, all, [])
    const each = context.batchJaxpr(cond, size, [...tested, ...leadingWhere(all)])
    const any = recordBody('vmap of a condition', inputAvals(each.jaxpr), (...args) =>
      evalJaxpr(each.jaxpr, args).map((test) => reduceOr(test, [each.outputDims[0] ?? 0])),
    )
    return {
      cond: any,
      body: selectingBody(each, separate, tested.length, size),
      condConsts: each.consts,
      bodyConsts: separate.consts,
      selects: true,
      carryMask: all,
    }
  },
  ({ condConsts, bodyConsts }) => closesOverArraysOnly({ consts: [...condConsts, ...bodyConsts] }),
)

interface BatchedChoice {
  readonly branches: readonly Jaxpr[]
  readonly consts: readonly NDArray[]
  readonly mask: readonly boolean[]
}

/** The branches over batches, with the constants of all of them before their operands. */
const batchedChoice = memoByJaxpr(
  (_: BatchContext, size: number, dims: Dims) => `${size}:${dims.join()}`,
  (branches: readonly Jaxpr[], { batchJaxpr }: BatchContext, size: number, dims: Dims): BatchedChoice => {
    const programs = branches.map((branch) => batchJaxpr(branch, size, dims))
    const mask = union(programs.map(({ outputDims }) => isBatched(outputDims)))
    const consts = programs.flatMap((program) => program.consts)
    let first = 0
    const made = programs.map(({ jaxpr, consts: own, outputDims }) => {
      const start = first
      first += own.length
      const avals = [...consts.map((x) => x.aval), ...inputAvals(jaxpr).slice(own.length)]
      return recordBody('vmap of a branch', avals, (...args) =>
        aligned(
          evalJaxpr(jaxpr, [...args.slice(start, start + own.length), ...args.slice(consts.length)]),
          outputDims,
          mask,
          size,
        ),
      )
    })
    return { branches: made, consts, mask }
  },
  closesOverArraysOnly,
)

/** Every branch for every item; each item takes the results of its own branch. */
function selectBranches(
  size: number,
  index: NDArray,
  operands: readonly NDArray[],
  dims: Dims,
  branches: readonly Jaxpr[],
  { batchLeading }: BatchContext,
): readonly NDArray[] {
  const results = branches.map((branch, i) => {
    const { jaxpr, consts } = batchLeading(branch, size, dims)
    return callJit(jaxpr, `branch ${i}`, [...consts, ...operands])
  })
  const [first = [], ...others] = results
  // An index below 0 takes the first branch and one past the end the last, by these comparisons alone.
  return others.reduce<readonly NDArray[]>((chosen, branch, i) => {
    const reached = ge(index, constant(i + 1, 'int32', [size]))
    return branch.map((y, k) => select(perItem(reached, y.aval), y, chosen[k] as NDArray))
  }, first)
}

export const control: BatchTable<keyof ControlSigs<Jaxpr>> = {
  scan: (size, inputs, dims, params, context) => {
    const { jaxpr, consts, carries } = params
    const [c = [], init = [], xs = []] = cut(inputs, consts, carries)
    const [cDims = [], initDims = [], xDims = []] = cut(dims, consts, carries)
    const items = xDims.map((dim) => (dim === null ? null : 0))
    const body = batchedLoop(jaxpr, context, size, cDims, isBatched(initDims), items)
    // The axis of the loop stays first, the batch comes after it.
    const moved = xs.map((x, i) => (items[i] === 0 ? moveAxis(x, xDims[i] ?? 0, 1) : x))
    const results = bind(
      'scan',
      [...body.consts, ...c, ...aligned(init, initDims, body.outputMask, size), ...moved],
      { ...params, jaxpr: body.jaxpr, consts: body.consts.length + consts },
    )
    return [results, body.outputMask.map((is, i) => (is ? (i < carries ? 0 : 1) : null))]
  },
  while: (size, inputs, dims, { cond, body, condConsts, bodyConsts }, context) => {
    const [tested = [], fixed = [], init = []] = cut(inputs, condConsts, bodyConsts)
    const [testDims = [], fixedDims = [], initDims = []] = cut(dims, condConsts, bodyConsts)
    const made = batchedWhile(body, cond, context, size, testDims, fixedDims, isBatched(initDims))
    const tests = [...made.condConsts, ...tested]
    const all = [...(made.selects ? tests : []), ...made.bodyConsts, ...fixed]
    const results = bind('while', [...tests, ...all, ...aligned(init, initDims, made.carryMask, size)], {
      cond: made.cond,
      body: made.body,
      condConsts: tests.length,
      bodyConsts: all.length,
    })
    return [results, leadingWhere(made.carryMask)]
  },
  switch: (size, [index, ...operands], [indexDim, ...dims], { branches }, context) => {
    if (indexDim !== null && indexDim !== undefined) {
      const results = selectBranches(size, index as NDArray, operands, dims, branches, context)
      return [results, results.map(() => 0)]
    }
    const { branches: made, consts, mask } = batchedChoice(branches, context, size, dims)
    const results = bind('switch', [index as NDArray, ...consts, ...operands], { branches: made })
    return [results, leadingWhere(mask)]
  },
}
