/**
 * Splitting a program at what is known: equations that need no unknown input are run (or put in a known program),
 * the others are recorded. Linearisation is forward differentiation over a PartialTrace whose unknowns are tangents.
 */

import type { Aval } from '../core/aval.js'
import { dceJaxpr } from '../core/dce.js'
import {
  makeEquation,
  makeLiteral,
  makeVar,
  type Atom,
  type Equation,
  type Jaxpr,
  type Params,
  type PrimitiveName,
  type Var,
} from '../core/jaxpr.js'
import { abstractEval } from '../core/primitives/index.js'
import { jitParams, type Source } from './call.js'
import { checked } from './debug.js'
import { maskKey, memoByJaxpr } from './memo.js'
import { splitSwitch } from './partialBranches.js'
import { splitScan, splitWhile } from './partialLoops.js'
import type { Sides, SplitJaxpr } from './partialSides.js'

/** Splits `jaxpr` at its unknown inputs. */
export const partialEvalJaxpr: (jaxpr: Jaxpr, unknown: readonly boolean[]) => SplitJaxpr = memoByJaxpr(
  (unknown: readonly boolean[]) => maskKey(unknown),
  split,
)

function split(jaxpr: Jaxpr, unknown: readonly boolean[]): SplitJaxpr {
  const sorter = new Sorter(jaxpr.inputs.filter((_, i) => unknown[i]))
  for (const eqn of jaxpr.equations) sorter.place(eqn)
  const outputs = jaxpr.outputs.map((atom) => sorter.resolve(atom))
  const unknownOutputs = outputs.map((atom) => sorter.isUnknown(atom))
  const knownInputs = jaxpr.inputs.filter((_, i) => !unknown[i])

  const rest = dceJaxpr({
    inputs: jaxpr.inputs,
    equations: [...sorter.constants, ...sorter.unknown],
    outputs: outputs.filter((_, i) => unknownOutputs[i]),
  })
  const residualVars = freeVars(
    rest,
    jaxpr.inputs.filter((_, i) => unknown[i]),
  )

  const wanted = [...outputs.filter((_, i) => !unknownOutputs[i]), ...residualVars]
  const { jaxpr: known, sources } = computedOutputs({
    inputs: knownInputs,
    equations: sorter.known,
    outputs: wanted,
  })
  const knownCount = wanted.length - residualVars.length
  const unknownInputs = jaxpr.inputs.filter((_, i) => unknown[i])
  return {
    known: checked(known, 'known part of a program'),
    unknown: checked({ ...rest, inputs: [...residualVars, ...unknownInputs] }, 'unknown part of a program'),
    unknownOutputs,
    knownSources: sources.slice(0, knownCount),
    residuals: sources.slice(knownCount),
  }
}

/** The jaxpr of the outputs that are neither inputs nor literals, each once, and where all come from. */
function computedOutputs(jaxpr: Jaxpr): { readonly jaxpr: Jaxpr; readonly sources: readonly Source[] } {
  const results: Atom[] = []
  const sources = jaxpr.outputs.map((atom): Source => {
    if (atom.kind === 'literal') return { kind: 'literal', literal: atom }
    const input = jaxpr.inputs.indexOf(atom)
    if (input >= 0) return { kind: 'input', index: input }
    if (!results.includes(atom)) results.push(atom)
    return { kind: 'result', index: results.indexOf(atom) }
  })
  return { jaxpr: dceJaxpr({ ...jaxpr, outputs: results }), sources }
}

/** Variables that `jaxpr` reads and nothing in it defines, besides `given`, in order of use. */
function freeVars(jaxpr: Jaxpr, given: readonly Var[]): Var[] {
  const defined = new Set<Atom>(given)
  const free = new Set<Var>()
  const use = (atom: Atom): void => {
    if (atom.kind === 'var' && !defined.has(atom)) free.add(atom)
  }
  for (const eqn of jaxpr.equations) {
    eqn.inputs.forEach(use)
    for (const v of eqn.outputs) defined.add(v)
  }
  jaxpr.outputs.forEach(use)
  return [...free]
}

/** Puts each equation on its side; calls are split in two. */
class Sorter {
  readonly known: Equation[] = []
  readonly unknown: Equation[] = []
  /** Known equations that need no input at all: cheaper to do again than to hand over. */
  readonly constants: Equation[] = []
  readonly #unknownVars: Set<Atom>
  readonly #constantVars = new Set<Atom>()
  /** Outputs of calls that turned out to be other values. */
  readonly #aliases = new Map<Atom, Atom>()

  constructor(unknownInputs: readonly Var[]) {
    this.#unknownVars = new Set(unknownInputs)
  }
  isUnknown(atom: Atom): boolean {
    return this.#unknownVars.has(atom)
  }

  /** The atom that stands for `atom` after the calls were split. */
  resolve(atom: Atom): Atom {
    return this.#aliases.get(atom) ?? atom
  }

  place(original: Equation): void {
    const eqn = this.#resolved(original)
    const mask = eqn.inputs.map((atom) => this.isUnknown(atom))
    if (mask.includes(true)) {
      if (eqn.primitive === 'jit') this.#splitJit(eqn, mask)
      else if (eqn.primitive === 'checkpoint') this.#splitCheckpoint(eqn, mask)
      else if (eqn.primitive === 'scan')
        this.#split(eqn, splitScan(this.#sides, literalAtom, eqn.inputs, mask, eqn.params))
      else if (eqn.primitive === 'while')
        this.#split(eqn, splitWhile(this.#sides, eqn.inputs, mask, eqn.params))
      else if (eqn.primitive === 'switch')
        this.#split(eqn, splitSwitch(this.#sides, eqn.inputs, mask, eqn.params))
      else this.#record(eqn)
      return
    }
    this.known.push(eqn)
    if (
      isCheapConstant(eqn) &&
      eqn.inputs.every((atom) => atom.kind === 'literal' || this.#constantVars.has(atom))
    ) {
      this.constants.push(eqn)
      for (const v of eqn.outputs) this.#constantVars.add(v)
    }
  }

  #resolved(eqn: Equation): Equation {
    if (!eqn.inputs.some((atom) => this.#aliases.has(atom))) return eqn
    return makeEquation(
      eqn.primitive,
      eqn.inputs.map((atom) => this.resolve(atom)),
      eqn.outputs,
      eqn.params as never,
    )
  }

  #record(eqn: Equation): void {
    this.unknown.push(eqn)
    for (const v of eqn.outputs) this.#unknownVars.add(v)
  }

  /** The halves of control flow as equations. */
  readonly #sides: Sides<Atom> = {
    partialEval: partialEvalJaxpr,
    known: (primitive, inputs, params) => {
      const eqn = newEquation(primitive, inputs, params)
      this.place(eqn)
      return eqn.outputs
    },
    unknown: (primitive, inputs, params) => {
      const eqn = newEquation(primitive, inputs, params)
      this.#record(eqn)
      return eqn.outputs
    },
  }

  /** From here on `results` stand for the outputs of `eqn`. */
  #split(eqn: Equation, results: readonly Atom[]): void {
    eqn.outputs.forEach((v, i) => this.#aliases.set(v, results[i] as Atom))
  }

  #splitJit(eqn: Equation<'jit'>, mask: readonly boolean[]): void {
    const { known, unknown, unknownOutputs, knownSources, residuals } = partialEvalJaxpr(
      eqn.params.jaxpr,
      mask,
    )
    const { name } = eqn.params
    const knownInputs = eqn.inputs.filter((_, i) => !mask[i])
    const results = known.outputs.map((atom) => makeVar(atom.aval))
    if (results.length > 0) this.place(makeEquation('jit', knownInputs, results, jitParams(known, name)))
    const at = (source: Source): Atom =>
      source.kind === 'literal'
        ? source.literal
        : ((source.kind === 'input' ? knownInputs : results)[source.index] as Atom)
    eqn.outputs
      .filter((_, i) => !unknownOutputs[i])
      .forEach((v, i) => this.#aliases.set(v, at(knownSources[i] as Source)))
    const outputs = eqn.outputs.filter((_, i) => unknownOutputs[i])
    const unknownInputs = eqn.inputs.filter((_, i) => mask[i])
    if (outputs.length > 0)
      this.#record(
        makeEquation('jit', [...residuals.map(at), ...unknownInputs], outputs, jitParams(unknown, name)),
      )
  }

  /** Nothing inside is handed over: the unknown side does it all again, from the inputs. */
  #splitCheckpoint(eqn: Equation<'checkpoint'>, mask: readonly boolean[]): void {
    const { name, jaxpr } = eqn.params
    const { unknownOutputs } = partialEvalJaxpr(jaxpr, mask)
    const [known, unknown] = checkpointHalves(jaxpr, mask, unknownOutputs)
    const outputs = (side: boolean): Var[] => eqn.outputs.filter((_, i) => unknownOutputs[i] === side)
    if (outputs(false).length > 0) {
      this.place(
        makeEquation(
          'checkpoint',
          eqn.inputs.filter((_, i) => !mask[i]),
          outputs(false),
          { name, jaxpr: known },
        ),
      )
    }
    if (outputs(true).length > 0)
      this.#record(makeEquation('checkpoint', eqn.inputs, outputs(true), { name, jaxpr: unknown }))
  }
}

const literalAtom = (value: number, { dtype }: Aval): Atom => makeLiteral(value, dtype)

function newEquation<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly Atom[],
  params: Params<P>,
): Equation {
  const avals = inputs.map((atom) => atom.aval)
  return makeEquation(primitive, inputs, abstractEval(primitive, avals, params).map(makeVar), params)
}

/** Programs of a checkpoint's known outputs (from known inputs) and of its unknown outputs (from all inputs). */
export const checkpointHalves = memoByJaxpr(
  (unknown: readonly boolean[], unknownOutputs: readonly boolean[]) => maskKey(unknown, unknownOutputs),
  (
    jaxpr: Jaxpr,
    unknown: readonly boolean[],
    unknownOutputs: readonly boolean[],
  ): readonly [known: Jaxpr, unknown: Jaxpr] => {
    // A loop may have outputs of both kinds, so its known half is what splitting made of it.
    const { known, knownSources } = partialEvalJaxpr(jaxpr, unknown)
    const outputs = knownSources.map((source) =>
      source.kind === 'literal'
        ? source.literal
        : ((source.kind === 'input' ? known.inputs : known.outputs)[source.index] as Atom),
    )
    return [dceJaxpr({ ...known, outputs }), dceJaxpr(jaxpr, unknownOutputs)]
  },
)

const isCheapConstant = (eqn: Equation): boolean =>
  eqn.primitive === 'broadcastInDim' || eqn.primitive === 'iota'
