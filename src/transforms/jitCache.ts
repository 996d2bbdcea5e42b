/**
 * What jit remembers: one compiled call for each signature (structure, avals and static values of the arguments).
 * The last one used is tried first, by comparing references while the arguments are walked; a hit allocates little.
 */

import { dceJaxpr, usedInputs } from '../core/dce.js'
import { bind } from '../core/interpreter.js'
import type { Jaxpr, Params } from '../core/jaxpr.js'
import { Tracer, type NDArray } from '../core/ndarray.js'
import { unflatten, type TreeDef } from '../core/tree.js'
import { fromSources, trimCall, type Source } from './call.js'
import { matchTree, type Signature } from './signatures.js'
import { sameStatic } from './staticValues.js'
import { hasEnded } from './trace.js'

/** A function traced at one signature. */
export interface Traced {
  readonly jaxpr: Jaxpr
  readonly consts: readonly NDArray[]
  readonly outputTree: TreeDef
}

/** A traced function, ready to be called. */
export class JitEntry {
  readonly signature: Signature
  readonly traced: Traced
  /** For each constant and argument, whether the caller gives it away. */
  readonly donated: readonly boolean[]
  readonly #params: Params<'jit'>
  /** Which of (constants, arguments) the call takes; null for all of them. */
  readonly #used: readonly boolean[] | null
  readonly #sources: readonly Source[] | null
  readonly #returnsArray: boolean
  readonly #closesOverTracers: boolean

  constructor(signature: Signature, traced: Traced, name: string, donated: readonly boolean[]) {
    this.signature = signature
    this.traced = traced
    this.donated = [...traced.consts.map(() => false), ...donated]
    const { jaxpr, used, sources, kept } = trimKeeping(traced.jaxpr, this.donated)
    this.#params = { jaxpr, name, donated: kept }
    this.#used = used.includes(false) ? used : null
    this.#sources = sources.every((source, i) => source.kind === 'result' && source.index === i)
      ? null
      : sources
    this.#returnsArray = traced.outputTree.kind === 'leaf'
    this.#closesOverTracers = traced.consts.some((x) => x instanceof Tracer)
  }

  /** Whether the values it closes over are still there. */
  isAlive(): boolean {
    return !this.#closesOverTracers || !this.traced.consts.some(hasEnded)
  }

  /** The flat inputs (constants first) if the arguments fit, else null. */
  match(args: readonly unknown[]): NDArray[] | null {
    const { argumentCount, treedef, avals, statics } = this.signature
    if (args.length !== argumentCount || treedef.kind !== 'list') return null
    const inputs: NDArray[] = []
    for (const x of this.traced.consts) inputs.push(x)
    const first = inputs.length
    let next = 0
    for (let i = 0; i < argumentCount; i++) {
      if (statics.size > 0 && statics.has(i)) {
        if (!sameStatic(statics.get(i), args[i])) return null
        continue
      }
      const def = treedef.children[next++]
      if (def === undefined || !matchTree(def, args[i], avals, inputs, first)) return null
    }
    return inputs
  }

  run(inputs: readonly NDArray[]): unknown {
    const used = this.#used
    const taken = used === null ? inputs : inputs.filter((_, i) => used[i])
    const results =
      this.#params.jaxpr.outputs.length === 0 && taken.length === 0 ? [] : bind('jit', taken, this.#params)
    const outputs = this.#sources === null ? results : fromSources(this.#sources, inputs, results)
    return this.#returnsArray ? outputs[0] : unflatten(this.traced.outputTree, outputs)
  }
}

/** Trims like `trimCall`, but inputs that are given away stay inputs, so that the evaluator sees them go. */
function trimKeeping(
  jaxpr: Jaxpr,
  donated: readonly boolean[],
): {
  readonly jaxpr: Jaxpr
  readonly used: readonly boolean[]
  readonly sources: readonly Source[]
  readonly kept: readonly boolean[]
} {
  const { sources, jaxpr: trimmedJaxpr, used: read } = trimCall(jaxpr)
  if (!donated.includes(true))
    return { jaxpr: trimmedJaxpr, used: read, sources, kept: trimmedJaxpr.inputs.map(() => false) }
  // An argument that comes back as it is cannot be given away.
  const forwarded = jaxpr.inputs.map((_, i) =>
    sources.some((source) => source.kind === 'input' && source.index === i),
  )
  const given = donated.map((is, i) => is && forwarded[i] !== true)
  const computed = jaxpr.outputs.map(
    (atom, i) => sources[i]?.kind === 'result' && jaxpr.outputs.indexOf(atom) === i,
  )
  const body = dceJaxpr(jaxpr, computed)
  const used = usedInputs(body).map((is, i) => is || given[i] === true)
  return {
    jaxpr: { ...body, inputs: body.inputs.filter((_, i) => used[i]) },
    used,
    sources,
    kept: given.filter((_, i) => used[i]),
  }
}
