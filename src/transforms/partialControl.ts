/**
 * Splitting control flow at what is known. Linearisation does it with arrays, the splitting of a program with
 * atoms: `Sides` says what running now and recording for later mean there.
 */

import { constant } from '../core/constants.js'
import { dceJaxpr, usedInputs } from '../core/dce.js'
import type { Atom, Jaxpr, Params, PrimitiveName, Var } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import {
  cut,
  fixedPoint,
  inputAvals,
  marked,
  recordBody,
  scattered,
  union,
  unmarked,
  zerosOf,
} from './bodies.js'
import { jitParams, type Source } from './call.js'
import { evalJaxpr } from './evaluate.js'
import { maskKey, memoByJaxpr } from './memo.js'
import type { Aval } from '../core/aval.js'

type Mask = readonly boolean[]

type Apply<T> = <P extends PrimitiveName>(
  primitive: P,
  inputs: readonly T[],
  params: Params<P>,
) => readonly T[]

export interface SplitJaxpr {
  /** Known inputs → the values of `knownSources` and `residuals` that are computed. */
  readonly known: Jaxpr
  /** (residuals, unknown inputs) → unknown outputs. */
  readonly unknown: Jaxpr
  /** Which outputs are unknown. */
  readonly unknownOutputs: readonly boolean[]
  /** Where each known output comes from; `input` counts known inputs. */
  readonly knownSources: readonly Source[]
  /** Where each residual comes from. */
  readonly residuals: readonly Source[]
}

type PartialEval = (jaxpr: Jaxpr, unknown: readonly boolean[]) => SplitJaxpr

export interface Sides<T> {
  /** How a program is split at its unknown inputs. */
  readonly partialEval: PartialEval
  /** Applies a primitive to known values. */
  readonly known: Apply<T>
  /** Records a primitive of which some operand is unknown. */
  readonly unknown: Apply<T>
}

/** The values of `mask` from `unknown`, the others from `known`. */
const merged = <T>(mask: Mask, known: readonly T[], unknown: readonly T[]): T[] => {
  let [k, u] = [0, 0]
  return mask.map((is) => (is ? unknown[u++] : known[k++]) as T)
}

/** What the unknown half needs of the known one, and where it finds it. */
type Residual =
  | { readonly kind: 'literal'; readonly value: number; readonly aval: Aval }
  /** A known operand: a constant or one item a step. */
  | { readonly kind: 'const' | 'item'; readonly index: number }
  /** Computed from constants alone, once. */
  | { readonly kind: 'hoisted'; readonly index: number }
  /** Computed in every step. */
  | { readonly kind: 'stacked'; readonly index: number }

interface ScanSplit {
  readonly carryMask: Mask
  readonly yMask: Mask
  /** Known constants → values that all steps share. */
  readonly hoisted: Jaxpr
  /** (known consts, carries, xs) → (known carries, known ys, stacked residuals). */
  readonly known: Jaxpr
  /** (residuals of all steps, unknown consts, unknown carries, unknown xs, residuals of the step) → outputs. */
  readonly unknown: Jaxpr
  readonly shared: readonly Residual[]
  readonly perStep: readonly Residual[]
}

/** Variables of `jaxpr` that depend on the inputs from number `first` on. */
function varying(jaxpr: Jaxpr, first: number): ReadonlySet<Atom> {
  const found = new Set<Atom>(jaxpr.inputs.slice(first))
  for (const eqn of jaxpr.equations)
    if (eqn.inputs.some((atom) => found.has(atom))) for (const v of eqn.outputs) found.add(v)
  return found
}

const isShared = ({ kind }: Residual): boolean => kind === 'literal' || kind === 'const' || kind === 'hoisted'

const splitBody = memoByJaxpr(
  (_: PartialEval, consts: Mask, carries: Mask, xs: Mask) => maskKey(consts, carries, xs),
  (jaxpr: Jaxpr, partialEval: PartialEval, consts: Mask, carries: Mask, xs: Mask): ScanSplit => {
    const halves = (mask: Mask) => partialEval(jaxpr, [...consts, ...mask, ...xs])
    const carryMask = fixedPoint(carries, (mask) => halves(mask).unknownOutputs.slice(0, mask.length))
    const { known, unknown, unknownOutputs, knownSources, residuals } = halves(carryMask)
    const [knownConsts, knownCarries] = [
      unmarked(consts, consts).length,
      unmarked(carryMask, carryMask).length,
    ]
    const moving = varying(known, knownConsts)

    const atomOf = (source: Source): Atom =>
      source.kind === 'literal'
        ? source.literal
        : ((source.kind === 'input' ? known.inputs : known.outputs)[source.index] as Atom)
    const hoisted: Atom[] = []
    const stacked: Atom[] = []
    const place = (source: Source): Residual => {
      const atom = atomOf(source)
      if (atom.kind === 'literal') return { kind: 'literal', value: atom.value, aval: atom.aval }
      if (source.kind === 'input' && source.index < knownConsts) return { kind: 'const', index: source.index }
      if (source.kind === 'input' && source.index >= knownConsts + knownCarries)
        return { kind: 'item', index: source.index - knownConsts - knownCarries }
      const [list, kind] = moving.has(atom)
        ? ([stacked, 'stacked'] as const)
        : ([hoisted, 'hoisted'] as const)
      if (!list.includes(atom)) list.push(atom)
      return { kind, index: list.indexOf(atom) }
    }

    // A carry that is unknown at first may be overwritten by something known, which then has to be handed over.
    const sources = scattered(
      unknownOutputs.map((is) => !is),
      knownSources,
    )
    const outputMask = [...carryMask, ...unknownOutputs.slice(carryMask.length)]
    const overwritten = outputMask.map((is, i) => is && unknownOutputs[i] === false)
    const places = [...residuals, ...marked(sources as Source[], overwritten)].map(place)
    const shared = places.filter(isShared)
    const perStep = places.filter((residual) => !isShared(residual))
    const aval = (residual: Residual): Aval => {
      if (residual.kind === 'literal') return residual.aval
      const from = {
        const: known.inputs,
        hoisted,
        stacked,
        item: known.inputs.slice(knownConsts + knownCarries),
      }
      return (from[residual.kind][residual.index] as Atom).aval
    }
    const [constAvals = [], carryAvals = [], xAvals = []] = cut(
      inputAvals(jaxpr),
      consts.length,
      carries.length,
    )
    const parts = [
      shared.map(aval),
      marked(constAvals, consts),
      marked(carryAvals, carryMask),
      marked(xAvals, xs),
      perStep.map(aval),
    ]
    const rest = recordBody('unknown part of a scan', parts.flat(), (...args) => {
      const [common = [], c = [], carry = [], x = [], own = []] = cut(args, ...parts.map((p) => p.length))
      const values = merged(
        places.map((residual) => !isShared(residual)),
        common,
        own,
      )
      const results = evalJaxpr(unknown, [...values.slice(0, residuals.length), ...c, ...carry, ...x])
      const computed = scattered(unknownOutputs, results)
      const handed = scattered(overwritten, values.slice(residuals.length))
      return marked(
        computed.map((y, i) => (y ?? handed[i]) as NDArray),
        outputMask,
      )
    })
    const keep = unmarked(
      sources.map((source) => (source === null ? null : atomOf(source))),
      outputMask,
    ) as Atom[]
    return {
      carryMask,
      yMask: outputMask.slice(carryMask.length),
      hoisted: dceJaxpr({ ...known, inputs: known.inputs.slice(0, knownConsts), outputs: hoisted }),
      known: dceJaxpr({ ...known, outputs: [...keep, ...stacked] }),
      unknown: rest,
      shared,
      perStep,
    }
  },
)

/**
 * The known half of a scan runs now and stacks what the unknown half needs of each step; what all steps share is
 * computed once.
 */
export function splitScan<T>(
  { partialEval, known, unknown }: Sides<T>,
  literal: (value: number, aval: Aval) => T,
  inputs: readonly T[],
  mask: Mask,
  params: Params<'scan'>,
): readonly T[] {
  const [c = [], init = [], xs = []] = cut(inputs, params.consts, params.carries)
  const [cMask = [], initMask = [], xMask = []] = cut(mask, params.consts, params.carries)
  const split = splitBody(params.jaxpr, partialEval, cMask, initMask, xMask)
  const { carryMask, yMask } = split
  const [consts, items] = [unmarked(c, cMask), unmarked(xs, xMask)]
  const once =
    split.hoisted.outputs.length === 0
      ? []
      : known('jit', consts, jitParams(split.hoisted, 'shared by all steps'))
  const started = unmarked(init, carryMask)
  const results =
    split.known.outputs.length === 0
      ? []
      : known('scan', [...consts, ...started, ...items], {
          ...params,
          jaxpr: split.known,
          consts: consts.length,
          carries: started.length,
        })
  const [last = [], ys = [], stacked = []] = cut(results, started.length, unmarked(yMask, yMask).length)
  const find = (residual: Residual): T => {
    if (residual.kind === 'literal') return literal(residual.value, residual.aval)
    const from = { const: consts, item: items, hoisted: once, stacked }
    return from[residual.kind][residual.index] as T
  }
  const fixed = [...split.shared.map(find), ...marked(c, cMask)]
  const carried = marked(init, carryMask)
  const recorded =
    split.unknown.outputs.length === 0
      ? []
      : unknown('scan', [...fixed, ...carried, ...marked(xs, xMask), ...split.perStep.map(find)], {
          ...params,
          jaxpr: split.unknown,
          consts: fixed.length,
          carries: carried.length,
        })
  const [carriesOut = [], ysOut = []] = cut(recorded, carried.length)
  return [...merged(carryMask, last, carriesOut), ...merged(yMask, ys, ysOut)]
}

/** The part of a loop's body that known carries need. */
const knownLoop = memoByJaxpr(
  (consts: Mask, carries: Mask) => maskKey(consts, carries),
  (body: Jaxpr, consts: Mask, carries: Mask): Jaxpr => ({
    ...dceJaxpr(
      body,
      carries.map((is) => !is),
    ),
    inputs: unmarked(body.inputs, [...consts, ...carries]),
  }),
)
const withoutCarries = memoByJaxpr(
  (carries: Mask) => maskKey(carries),
  (cond: Jaxpr, carries: Mask): Jaxpr => {
    const first = cond.inputs.length - carries.length
    return { ...cond, inputs: cond.inputs.filter((_, i) => i < first || carries[i - first] !== true) }
  },
)

/** The known carries are computed now; the unknown half runs the whole loop, which only forward mode can do. */
export function splitWhile<T>(
  { partialEval, known, unknown }: Sides<T>,
  inputs: readonly T[],
  mask: Mask,
  params: Params<'while'>,
): readonly T[] {
  const { cond, body, condConsts, bodyConsts } = params
  const [tests = [], consts = [], init = []] = cut(inputs, condConsts, bodyConsts)
  const [testMask = [], constMask = [], initMask = []] = cut(mask, condConsts, bodyConsts)
  const carries = fixedPoint(
    initMask,
    (carried) => partialEval(body, [...constMask, ...carried]).unknownOutputs,
  )
  const whole = unknown('while', inputs, params)
  const needed = usedInputs(cond).slice(condConsts)
  const decided = !testMask.includes(true) && !carries.some((is, i) => is && needed[i] === true)
  if (!decided || !carries.includes(false)) return whole
  const fixed = unmarked(consts, constMask)
  const results = known('while', [...tests, ...fixed, ...unmarked(init, carries)], {
    cond: withoutCarries(cond, carries),
    body: knownLoop(body, constMask, carries),
    condConsts,
    bodyConsts: fixed.length,
  })
  return merged(carries, results, marked(whole, carries))
}

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

const splitBranches = memoByJaxpr(
  (_: PartialEval, operands: Mask) => maskKey(operands),
  (branches: readonly Jaxpr[], partialEval: PartialEval, operands: Mask): ChoiceSplit => {
    const halves = branches.map((branch) => partialEval(branch, operands))
    const mask = union(halves.map((half) => half.unknownOutputs))
    // What a branch hands over: its residuals, and known values of outputs that another branch does not know.
    const handed = halves.map(({ residuals, knownSources, unknownOutputs }) => {
      const sources = scattered(
        unknownOutputs.map((is) => !is),
        knownSources,
      ) as Source[]
      const late = mask.map((is, i) => is && unknownOutputs[i] === false)
      return { residuals, late, sources, all: [...residuals, ...marked(sources, late)] }
    })
    const avalOf = (i: number, source: Source): Aval => {
      if (source.kind === 'literal') return source.literal.aval
      const { known } = halves[i] as (typeof halves)[number]
      return ((source.kind === 'input' ? known.inputs : known.outputs)[source.index] as Var).aval
    }
    const computed = handed.map(({ all }) => all.filter(({ kind }) => kind === 'result'))
    const { slots, positions } = slotsOf(computed.map((list, i) => list.map((source) => avalOf(i, source))))
    const avals = inputAvals(branches[0] as Jaxpr)
    const [knownAvals, unknownAvals] = [unmarked(avals, operands), marked(avals, operands)]
    const valueOf = (source: Source, inputs: readonly NDArray[], results: readonly NDArray[]): NDArray =>
      source.kind === 'literal'
        ? constant(source.literal.value, source.literal.aval.dtype)
        : ((source.kind === 'input' ? inputs : results)[source.index] as NDArray)

    const known = halves.map((half, i) =>
      recordBody('known part of a branch', knownAvals, (...args) => {
        const { sources } = handed[i] as (typeof handed)[number]
        const results = evalJaxpr(half.known, args)
        const values: (NDArray | undefined)[] = []
        ;(computed[i] ?? []).forEach((source, k) => {
          values[positions[i]?.[k] ?? 0] = valueOf(source, args, results)
        })
        return [
          ...unmarked(sources, mask).map((source) => valueOf(source, args, results)),
          ...slots.map((aval, k) => values[k] ?? zerosOf(aval)),
        ]
      }),
    )
    const unknown = halves.map((half, i) =>
      recordBody('unknown part of a branch', [...slots, ...knownAvals, ...unknownAvals], (...args) => {
        const [filled = [], before = [], rest = []] = cut(args, slots.length, knownAvals.length)
        const { all, residuals, late } = handed[i] as (typeof handed)[number]
        let next = 0
        const values = all.map((source) =>
          source.kind === 'result'
            ? (filled[positions[i]?.[next++] ?? 0] as NDArray)
            : valueOf(source, before, []),
        )
        const results = evalJaxpr(half.unknown, [...values.slice(0, residuals.length), ...rest])
        const own = scattered(half.unknownOutputs, results)
        const others = scattered(late, values.slice(residuals.length))
        return marked(
          own.map((y, k) => (y ?? others[k]) as NDArray),
          mask,
        )
      }),
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
