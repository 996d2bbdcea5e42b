/**
 * What the methods of NDArray do, as types. They broadcast and promote like the numpy functions, which live a
 * layer above: the composition root installs them (core/ndarray.ts). `A` is closed to NDArray there.
 */

import type { DType } from './dtype.js'
import type { Shape } from './shape.js'

/** `null` means all axes. */
export type AxisArgument = number | readonly number[] | null
export interface ReduceOptions {
  /** Keep reduced axes with size 1. */
  readonly keepdims?: boolean
}

type Binary<A> = (x: A, y: A | number | boolean) => A
type Unary<A> = (x: A) => A
type Reduction<A> = (x: A, axis?: AxisArgument, options?: ReduceOptions) => A

export interface ArrayMethods<A> {
  readonly add: Binary<A>
  readonly sub: Binary<A>
  readonly mul: Binary<A>
  readonly div: Binary<A>
  readonly mod: Binary<A>
  readonly pow: Binary<A>
  readonly neg: Unary<A>
  readonly abs: Unary<A>
  readonly matmul: Binary<A>
  readonly dot: Binary<A>
  readonly equal: Binary<A>
  readonly notEqual: Binary<A>
  readonly less: Binary<A>
  readonly lessEqual: Binary<A>
  readonly greater: Binary<A>
  readonly greaterEqual: Binary<A>
  readonly sum: Reduction<A>
  readonly prod: Reduction<A>
  readonly mean: Reduction<A>
  readonly max: Reduction<A>
  readonly min: Reduction<A>
  readonly all: Reduction<A>
  readonly any: Reduction<A>
  readonly argmax: (x: A, axis?: number | null) => A
  readonly argmin: (x: A, axis?: number | null) => A
  readonly sort: (x: A, axis?: number) => A
  readonly argsort: (x: A, axis?: number) => A
  readonly reshape: (x: A, shape: number | Shape) => A
  readonly transpose: (x: A, axes?: readonly number[] | null) => A
  readonly ravel: Unary<A>
  readonly diagonal: (x: A, offset?: number, axis1?: number, axis2?: number) => A
  readonly astype: (x: A, dtype: DType) => A
  readonly slice: (
    x: A,
    index: readonly (number | null | readonly [] | readonly [number] | readonly [number, number] | A)[],
  ) => A
}
