/**
 * Splitting a choice at what is known: two choices with the same index. The known one runs now and hands over what
 * the chosen branch's unknown half needs, in slots that all branches share.
 */

import type { Aval } from '../core/aval.js'
import { usedInputs } from '../core/dce.js'
import type { Atom, Jaxpr, Params } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { cut, inputAvals, marked, recordBody, scattered, union, unmarked, zerosOf } from './bodies.js'
import { fromSource, type Source } from './call.js'
import { evalJaxpr } from './evaluate.js'
import { maskKey, memoByJaxpr } from './memo.js'
import { merged, type Mask, type PartialEval, type Sides, type SplitJaxpr } from './partialSides.js'

interface ChoiceSplit {
  readonly mask: Mask
  /** Known operands → (known outputs, residuals). */
  readonly known: readonly Jaxpr[]
  /** (residuals, known operands that are used, unknown operands) → unknown outputs. */
  readonly unknown: readonly Jaxpr[]
  readonly used: Mask
}

/** The residuals of a branch in slots that the branches share: the position of each. */
function slotsOf(branches: readonly (readonly Aval[])[]): { slots: Aval[]; positions: number[][] } {
  const slots: Aval[] = []
  const positions = branches.map((avals) => {
    const taken = new Set<number>()
    return avals.map((aval) => {
      const free = slots.findIndex((slot, i) => slot === aval && !taken.has(i))
      const at = free >= 0 ? free : slots.push(aval) - 1
      taken.add(at)
      return at
    })
  })
  return { slots, positions }
}

/** A branch, split, and what its known half hands over. */
interface BranchSplit {
  readonly halves: SplitJaxpr
  /** Where each output comes from; null where it is unknown. */
  readonly sources: readonly (Source | null)[]
  /** Outputs that this branch knows and another does not. */
  readonly late: Mask
  /** The residuals, then the known values of late outputs. */
  readonly handed: readonly Source[]
}

function splitBranch(halves: SplitJaxpr, mask: Mask): BranchSplit {
  const { residuals, knownSources, unknownOutputs } = halves
  const sources = scattered(
    unknownOutputs.map((is) => !is),
    knownSources,
  )
  const late = mask.map((is, i) => is && unknownOutputs[i] === false)
  return { halves, sources, late, handed: [...residuals, ...marked(sources as Source[], late)] }
}

/** Only what a branch computes takes a slot: its inputs and literals are at hand later too. */
const computedOf = ({ handed }: BranchSplit) => handed.filter((source) => source.kind === 'result')

const computedAvals = (branch: BranchSplit): Aval[] =>
  computedOf(branch).map(({ index }) => (branch.halves.known.outputs[index] as Atom).aval)

/** Known operands → (known outputs, slots); slots that this branch does not fill are zeros. */
const recordKnown = (
  branch: BranchSplit,
  mask: Mask,
  slots: readonly Aval[],
  positions: readonly number[],
  knownAvals: readonly Aval[],
): Jaxpr =>
  recordBody('known part of a branch', knownAvals, (...args) => {
    const results = evalJaxpr(branch.halves.known, args)
    const filled: (NDArray | undefined)[] = []
    computedOf(branch).forEach((source, k) => {
      filled[positions[k] ?? 0] = fromSource(source, args, results)
    })
    return [
      ...unmarked(branch.sources as readonly Source[], mask).map((source) =>
        fromSource(source, args, results),
      ),
      ...slots.map((aval, k) => filled[k] ?? zerosOf(aval)),
    ]
  })

/** (slots, known operands, unknown operands) → outputs that some branch does not know. */
const recordUnknown = (
  { halves, late, handed }: BranchSplit,
  mask: Mask,
  slots: readonly Aval[],
  positions: readonly number[],
  knownAvals: readonly Aval[],
  unknownAvals: readonly Aval[],
): Jaxpr =>
  recordBody('unknown part of a branch', [...slots, ...knownAvals, ...unknownAvals], (...args) => {
    const [filled = [], before = [], rest = []] = cut(args, slots.length, knownAvals.length)
    let next = 0
    const values = handed.map((source) =>
      source.kind === 'result' ? (filled[positions[next++] ?? 0] as NDArray) : fromSource(source, before, []),
    )
    const count = halves.residuals.length
    const results = evalJaxpr(halves.unknown, [...values.slice(0, count), ...rest])
    const own = scattered(halves.unknownOutputs, results)
    const others = scattered(late, values.slice(count))
    return marked(
      own.map((y, k) => (y ?? others[k]) as NDArray),
      mask,
    )
  })

const splitBranches = memoByJaxpr(
  (_: PartialEval, operands: Mask) => maskKey(operands),
  (branches: readonly Jaxpr[], partialEval: PartialEval, operands: Mask): ChoiceSplit => {
    const halves = branches.map((branch) => partialEval(branch, operands))
    const mask = union(halves.map((half) => half.unknownOutputs))
    const split = halves.map((half) => splitBranch(half, mask))
    const { slots, positions } = slotsOf(split.map(computedAvals))
    const avals = inputAvals(branches[0] as Jaxpr)
    const [knownAvals, unknownAvals] = [unmarked(avals, operands), marked(avals, operands)]
    const known = split.map((branch, i) => recordKnown(branch, mask, slots, positions[i] ?? [], knownAvals))
    const unknown = split.map((branch, i) =>
      recordUnknown(branch, mask, slots, positions[i] ?? [], knownAvals, unknownAvals),
    )
    const used = union(
      unknown.map((branch) => usedInputs(branch).slice(slots.length, slots.length + knownAvals.length)),
    )
    const kept = [...slots.map(() => true), ...used, ...unknownAvals.map(() => true)]
    const trimmed = unknown.map((branch) => ({ ...branch, inputs: marked(branch.inputs, kept) }))
    return { mask, known, unknown: trimmed, used }
  },
)

/** The chosen branch's known half runs now; what any branch needs of it is handed over, zeros for the other branches. */
export function splitSwitch<T>(
  { partialEval, known, unknown }: Sides<T>,
  inputs: readonly T[],
  mask: Mask,
  params: Params<'switch'>,
): readonly T[] {
  if (mask[0] === true) return unknown('switch', inputs, params)
  const [index, ...operands] = inputs
  const operandMask = mask.slice(1)
  const split = splitBranches(params.branches, partialEval, operandMask)
  const before = unmarked(operands, operandMask)
  const results =
    (split.known[0]?.outputs.length ?? 0) === 0
      ? []
      : known('switch', [index as T, ...before], { branches: split.known })
  const [outputs = [], residuals = []] = cut(results, unmarked(split.mask, split.mask).length)
  const recorded = split.mask.includes(true)
    ? unknown(
        'switch',
        [index as T, ...residuals, ...marked(before, split.used), ...marked(operands, operandMask)],
        {
          branches: split.unknown,
        },
      )
    : []
  return merged(split.mask, outputs, recorded)
}
