/**
 * Splitting loops at what is known. A scan becomes two: the known one runs now and hands what the unknown one needs
 * to it. A while loop's unknown half repeats the whole loop.
 */

import type { Aval } from '../core/aval.js'
import { dceJaxpr, usedInputs } from '../core/dce.js'
import type { Atom, Jaxpr, Params } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { cut, fixedPoint, inputAvals, marked, recordBody, scattered, unmarked } from './bodies.js'
import { jitParams, type Source } from './call.js'
import { evalJaxpr } from './evaluate.js'
import { maskKey, memoByJaxpr } from './memo.js'
import { recomputed } from './recompute.js'
import { merged, type Mask, type PartialEval, type Sides, type SplitJaxpr } from './partialSides.js'

/** What the unknown half needs of the known one, and where it finds it. */
type Residual = { readonly aval: Aval } & (
  | { readonly kind: 'literal'; readonly value: number }
  /** A known operand: a constant or one item a step. */
  | { readonly kind: 'const' | 'item'; readonly index: number }
  /** Computed from constants alone, once. */
  | { readonly kind: 'hoisted'; readonly index: number }
  /** Computed in every step. */
  | { readonly kind: 'stacked'; readonly index: number }
)

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

const atomOf = (known: Jaxpr, source: Source): Atom =>
  source.kind === 'literal'
    ? source.literal
    : ((source.kind === 'input' ? known.inputs : known.outputs)[source.index] as Atom)

interface Placement {
  readonly places: readonly Residual[]
  /** What has to be computed once. */
  readonly hoisted: readonly Atom[]
  /** What has to be computed in every step. */
  readonly stacked: readonly Atom[]
}

/** Where the unknown half finds each value. The inputs of `known`: constants, carries, items. */
function placed(
  known: Jaxpr,
  moving: ReadonlySet<Atom>,
  consts: number,
  carries: number,
  values: readonly Atom[],
): Placement {
  const firstItem = consts + carries
  const [hoisted, stacked]: [Atom[], Atom[]] = [[], []]
  const places = values.map((atom): Residual => {
    const { aval } = atom
    if (atom.kind === 'literal') return { kind: 'literal', value: atom.value, aval }
    const input = known.inputs.indexOf(atom)
    if (input >= 0 && input < consts) return { kind: 'const', index: input, aval }
    if (input >= firstItem) return { kind: 'item', index: input - firstItem, aval }
    const [list, kind] = moving.has(atom) ? ([stacked, 'stacked'] as const) : ([hoisted, 'hoisted'] as const)
    if (!list.includes(atom)) list.push(atom)
    return { kind, index: list.indexOf(atom), aval }
  })
  return { places, hoisted, stacked }
}

/**
 * The unknown half of a body; `places` are of what `needed` makes its residuals, and then the known values of
 * `overwritten` outputs, from.
 */
function recordUnknownStep(
  { unknown, unknownOutputs, residuals }: SplitJaxpr,
  needed: Jaxpr,
  places: readonly Residual[],
  operands: readonly (readonly Aval[])[],
  outputMask: Mask,
  overwritten: Mask,
): Jaxpr {
  const own = places.map((residual) => !isShared(residual))
  const avals = places.map(({ aval }) => aval)
  const parts = [unmarked(avals, own), ...operands, marked(avals, own)]
  return recordBody('unknown part of a scan', parts.flat(), (...args) => {
    const [common = [], c = [], carry = [], x = [], step = []] = cut(args, ...parts.map((p) => p.length))
    const values = evalJaxpr(needed, merged(own, common, step))
    const results = evalJaxpr(unknown, [...values.slice(0, residuals.length), ...c, ...carry, ...x])
    const computed = scattered(unknownOutputs, results)
    const handed = scattered(overwritten, values.slice(residuals.length))
    return marked(
      computed.map((y, i) => (y ?? handed[i]) as NDArray),
      outputMask,
    )
  })
}

const splitBody = memoByJaxpr(
  (_: PartialEval, consts: Mask, carries: Mask, xs: Mask) => maskKey(consts, carries, xs),
  (jaxpr: Jaxpr, partialEval: PartialEval, consts: Mask, carries: Mask, xs: Mask): ScanSplit => {
    const halvesFor = (mask: Mask) => partialEval(jaxpr, [...consts, ...mask, ...xs])
    const carryMask = fixedPoint(carries, (mask) => halvesFor(mask).unknownOutputs.slice(0, mask.length))
    const halves = halvesFor(carryMask)
    const { known, unknownOutputs, knownSources, residuals } = halves
    const sources = scattered(
      unknownOutputs.map((is) => !is),
      knownSources,
    ) as Source[]
    // A carry that is unknown at first may be overwritten by something known, which then has to be handed over.
    const outputMask = [...carryMask, ...unknownOutputs.slice(carryMask.length)]
    const overwritten = outputMask.map((is, i) => is && unknownOutputs[i] === false)
    const knownConsts = unmarked(consts, consts).length
    const knownCarries = unmarked(carryMask, carryMask).length
    const moving = varying(known, knownConsts)
    const { kept, program } = recomputed(
      known,
      [...residuals, ...marked(sources, overwritten)].map((source) => atomOf(known, source)),
      (v) => !moving.has(v) || known.inputs.indexOf(v) >= knownConsts + knownCarries,
    )
    const { places, hoisted, stacked } = placed(known, moving, knownConsts, knownCarries, kept)
    const [constAvals = [], carryAvals = [], xAvals = []] = cut(
      inputAvals(jaxpr),
      consts.length,
      carries.length,
    )
    const operands = [marked(constAvals, consts), marked(carryAvals, carryMask), marked(xAvals, xs)]
    const keep = unmarked(sources, outputMask).map((source) => atomOf(known, source))
    return {
      carryMask,
      yMask: outputMask.slice(carryMask.length),
      hoisted: dceJaxpr({ ...known, inputs: known.inputs.slice(0, knownConsts), outputs: hoisted }),
      known: dceJaxpr({ ...known, outputs: [...keep, ...stacked] }),
      unknown: recordUnknownStep(halves, program, places, operands, outputMask, overwritten),
      shared: places.filter(isShared),
      perStep: places.filter((residual) => !isShared(residual)),
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
