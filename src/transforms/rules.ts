/**
 * What a transformation knows about a primitive: the types of the rule tables, total over `Signatures`, and the
 * entries that are data instead of functions. A rule never sees a trace: it computes with core/ops, under the
 * interpreter that is current. Programs that hold programs get the machinery through the rule's context.
 */

import type { Aval } from '../core/aval.js'
import type { Inputs, Jaxpr, Outputs, Params, PrimitiveName } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import type { ArrayFunction } from '../core/primitives/call.js'

/** A jaxpr with the arrays for its leading inputs. */
export interface ClosedJaxpr {
  readonly jaxpr: Jaxpr
  readonly consts: readonly NDArray[]
}

/** A rule that is not written yet; using it is an error that says so. */
export interface Todo {
  readonly kind: 'todo'
  readonly reason: string
}
export const todo = (reason: string): Todo => ({ kind: 'todo', reason })

// Derivatives

/** The tangent of a value; null is a zero that is never computed. Integers and bools have no other. */
export type Tangent = NDArray | null

/** The derivative is zero wherever it exists. */
export interface ZeroDerivative {
  readonly kind: 'zero'
}
export const zeroDerivative: ZeroDerivative = { kind: 'zero' }

/** The program of the derivative: (primals, the tangents that are not null) → (outputs, their tangents that are not null). */
export interface JvpProgram extends ClosedJaxpr {
  readonly nonzeroOutputs: readonly boolean[]
}
export interface JvpContext {
  jvpJaxpr(jaxpr: Jaxpr, nonzero: readonly boolean[]): JvpProgram
}

/** (x, dx) → (f(x), ∂f(x)·dx), at least one tangent not being null. */
export type JvpRule<P extends PrimitiveName> = (
  primals: Inputs<P, NDArray>,
  tangents: Inputs<P, Tangent>,
  params: Params<P>,
  context: JvpContext,
) => readonly [outputs: Outputs<P, NDArray>, tangents: Outputs<P, Tangent>]

/** The rule of any primitive with one operand, one result and parameters `Params`. */
export type UnaryJvpRule<Params> = (
  primals: readonly [NDArray],
  tangents: readonly [Tangent],
  params: Params,
) => readonly [outputs: readonly [NDArray], tangents: readonly [Tangent]]

export type JvpTable<P extends PrimitiveName> = { readonly [K in P]: JvpRule<K> | ZeroDerivative | Todo }

// Transposition

/** Stands for an operand that is the argument of the linear function; its value is not known. */
export interface LinearInput {
  readonly kind: 'linear'
  readonly aval: Aval
}
export const linearInput = (aval: Aval): LinearInput => ({ kind: 'linear', aval })
export const isLinear = (input: NDArray | LinearInput): input is LinearInput => 'kind' in input

/** The cotangent of a value; null is a zero that is never computed. */
export type Cotangent = NDArray | null

/** The primitive is linear in none of its operands. */
export interface NotLinear {
  readonly kind: 'notLinear'
}
export const notLinear: NotLinear = { kind: 'notLinear' }

/** (inputs that are not linear, cotangents that are not null) → cotangents of the linear inputs that are not null. */
export interface TransposedProgram extends ClosedJaxpr {
  /** For each linear input, whether its cotangent is among the outputs. */
  readonly nonzero: readonly boolean[]
}
export interface TransposeContext {
  transposeJaxpr(
    jaxpr: Jaxpr,
    linear: readonly boolean[],
    nonzeroCotangents: readonly boolean[],
  ): TransposedProgram
}

/** Cotangents of the outputs (not all null) → cotangents of the inputs, null for those that are not linear. */
export type TransposeRule<P extends PrimitiveName> = (
  cotangents: Outputs<P, Cotangent>,
  inputs: Inputs<P, NDArray | LinearInput>,
  params: Params<P>,
  context: TransposeContext,
) => readonly Cotangent[]

export type TransposeTable<P extends PrimitiveName> = {
  readonly [K in P]: TransposeRule<K> | NotLinear | Todo
}

// Batching

/** The position of the batch axis in an array; null where the array has none. */
export type BatchDim = number | null

/** The program over batches: the batch axis of output i is `outputDims[i]`. */
export interface BatchedProgram extends ClosedJaxpr {
  readonly outputDims: readonly BatchDim[]
}
export interface BatchContext {
  batchJaxpr(jaxpr: Jaxpr, size: number, dims: readonly BatchDim[]): BatchedProgram
  /** The same with every output's batch axis at 0. */
  batchLeading(jaxpr: Jaxpr, size: number, dims: readonly BatchDim[]): BatchedProgram
  /** `f` over batches; every output has its batch axis at 0. */
  batchFunction(f: ArrayFunction, size: number, dims: readonly BatchDim[]): ArrayFunction
}

/** One operand at least has a batch axis, of size `size`. */
export type BatchRule<P extends PrimitiveName> = (
  size: number,
  inputs: Inputs<P, NDArray>,
  dims: Inputs<P, BatchDim>,
  params: Params<P>,
  context: BatchContext,
) => readonly [outputs: Outputs<P, NDArray>, dims: Outputs<P, BatchDim>]

export type BatchTable<P extends PrimitiveName> = { readonly [K in P]: BatchRule<K> | Todo }

/** A table's entry where the primitive is only a variable: the tuple types of its family are widened. */
export type AnyJvpEntry =
  | ((
      primals: readonly NDArray[],
      tangents: readonly Tangent[],
      params: object,
      context: JvpContext,
    ) => readonly [readonly NDArray[], readonly Tangent[]])
  | ZeroDerivative
  | Todo
export type AnyTransposeEntry =
  | ((
      cotangents: readonly Cotangent[],
      inputs: readonly (NDArray | LinearInput)[],
      params: object,
      context: TransposeContext,
    ) => readonly Cotangent[])
  | NotLinear
  | Todo
export type AnyBatchEntry =
  | ((
      size: number,
      inputs: readonly NDArray[],
      dims: readonly BatchDim[],
      params: object,
      context: BatchContext,
    ) => readonly [readonly NDArray[], readonly BatchDim[]])
  | Todo
