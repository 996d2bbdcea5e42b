/**
 * Calling a program as one equation. Results that the program does not compute (its own inputs, literals, a value
 * it returns twice) do not pass through the call: they are handed on from outside.
 */

import { constant } from '../core/constants.js'
import { dceJaxpr, usedInputs } from '../core/dce.js'
import { bind } from '../core/interpreter.js'
import type { Jaxpr, Literal, Params, PrimitiveName } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { memoByJaxpr } from './memo.js'

/** Where an output comes from: an input of the call, a result of the call, or nowhere. */
export type Source =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'result'; readonly index: number }
  | { readonly kind: 'literal'; readonly literal: Literal }

export interface TrimmedCall {
  readonly jaxpr: Jaxpr
  /** The inputs that the trimmed jaxpr still takes. */
  readonly used: readonly boolean[]
  readonly sources: readonly Source[]
}

/** The jaxpr of what has to be computed, and how to get all outputs from its results. */
export const trimCall = memoByJaxpr(
  () => '',
  (jaxpr: Jaxpr): TrimmedCall => {
    const computed: number[] = []
    const sources = jaxpr.outputs.map((atom, i): Source => {
      if (atom.kind === 'literal') return { kind: 'literal', literal: atom }
      const input = jaxpr.inputs.indexOf(atom)
      if (input >= 0) return { kind: 'input', index: input }
      const earlier = computed.findIndex((j) => jaxpr.outputs[j] === atom)
      if (earlier >= 0) return { kind: 'result', index: earlier }
      computed.push(i)
      return { kind: 'result', index: computed.length - 1 }
    })
    const body = dceJaxpr(
      jaxpr,
      jaxpr.outputs.map((_, i) => computed.includes(i)),
    )
    const used = usedInputs(body)
    return { jaxpr: { ...body, inputs: body.inputs.filter((_, i) => used[i]) }, used, sources }
  },
)

/** One output, from the call's inputs and its results. */
export const fromSource = (
  source: Source,
  inputs: readonly NDArray[],
  results: readonly NDArray[],
): NDArray =>
  source.kind === 'literal'
    ? constant(source.literal.value, source.literal.aval.dtype)
    : ((source.kind === 'input' ? inputs : results)[source.index] as NDArray)

/** The outputs, from the call's inputs and its results. */
export const fromSources = (
  sources: readonly Source[],
  inputs: readonly NDArray[],
  results: readonly NDArray[],
): NDArray[] => sources.map((source) => fromSource(source, inputs, results))

/** Calls what is left of `jaxpr` to compute, if anything. */
function trimmed(
  jaxpr: Jaxpr,
  inputs: readonly NDArray[],
  call: (jaxpr: Jaxpr, inputs: readonly NDArray[]) => readonly NDArray[],
): NDArray[] {
  const { jaxpr: body, used, sources } = trimCall(jaxpr)
  const results =
    body.outputs.length === 0
      ? []
      : call(
          body,
          inputs.filter((_, i) => used[i]),
        )
  return fromSources(sources, inputs, results)
}

type Apply<P extends PrimitiveName> = (
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
) => readonly NDArray[]

export const jitParams = (jaxpr: Jaxpr, name: string): Params<'jit'> => ({
  jaxpr,
  name,
  donated: jaxpr.inputs.map(() => false),
})

/** Calls `jaxpr` as one jit equation (by `apply`, or under the current interpreter). */
export const callJit = (
  jaxpr: Jaxpr,
  name: string,
  inputs: readonly NDArray[],
  apply: Apply<'jit'> = bind,
): NDArray[] => trimmed(jaxpr, inputs, (body, xs) => apply('jit', xs, jitParams(body, name)))

/** The same, as a checkpoint equation. */
export const callCheckpoint = (
  jaxpr: Jaxpr,
  name: string,
  inputs: readonly NDArray[],
  apply: Apply<'checkpoint'> = bind,
): NDArray[] => trimmed(jaxpr, inputs, (body, xs) => apply('checkpoint', xs, { jaxpr: body, name }))
