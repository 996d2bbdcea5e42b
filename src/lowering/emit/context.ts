/**
 * What an emission rule works with: it is asked for one element of its equation's result, at given coordinates,
 * and pulls the elements of its operands that it needs. Views only change coordinates.
 */

import type { DType } from '../../core/dtype.js'
import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../../core/jaxpr.js'
import type { Expr, ExprBuilder, Position } from '../expr.js'
import { rewrite } from '../expr.js'
import type { Draft } from '../draft.js'
import type { BufferRole, Kernel } from '../kernel.js'

export interface EmitContext {
  readonly b: ExprBuilder
  /** The element of `atom` at `coordinates` (one position for each of its axes). */
  pull(atom: Atom, coordinates: readonly Position[]): Expr
}

/** The builder, as the rules of primitives that are kernels see it. */
export interface KernelContext extends EmitContext {
  readonly drafts: Draft[]
  /** The buffer of a stored variable. */
  bufferOf(atom: Atom): number
  /** Adds a loop that stores the elements of `atom` in `buffer`. */
  copyTo(buffer: number, atom: Atom, element: (coordinates: readonly Position[]) => Expr): void
}

/** Where a result goes: a buffer, or the part of it that starts at `base`. */
export interface Target {
  readonly buffer: number
  readonly base: Position | null
}

/** The builder, as the rules of loops see it. */
export interface RegionContext extends KernelContext {
  addBuffer(role: BufferRole, dtype: DType, size: number): number
  /** Buffers so far; the next one gets this number. */
  bufferCount(): number
  /** From now on `v` is the part of `buffer` that starts at `base`. */
  bind(v: Var, buffer: number, base: Position | null): void
  /** The kernels of a program whose inputs are bound, and that writes its outputs to the targets. */
  region(jaxpr: Jaxpr, targets: readonly Target[]): readonly Kernel[]
}

/** The element of output `output` of the equation at `coordinates`. */
export type EmitRule<P extends PrimitiveName> = (
  context: EmitContext,
  eqn: Equation<P>,
  coordinates: readonly Position[],
  output: number,
) => Expr

export type EmitTable<Names extends PrimitiveName> = { readonly [P in Names]: EmitRule<P> }

/** The same expression, but its loads may be out of range: for the untaken side of a select. */
export function unchecked(b: ExprBuilder, expr: Expr): Expr {
  return rewrite(b, null, (leaf, position) =>
    leaf.kind === 'load' ? b.load(leaf.buffer, leaf.lane, position ?? leaf.position, true) : null,
  )(expr)
}

/** low <= position <= high as an expression, or null where it always holds. */
export function within(
  b: ExprBuilder,
  position: Position,
  low: number,
  high: number,
  bounds: { readonly min: number; readonly max: number },
): Expr | null {
  const tests: Expr[] = []
  if (bounds.min < low) tests.push(b.alu('ge', b.position(position), b.constant(low, 'i32')))
  if (bounds.max > high) tests.push(b.alu('le', b.position(position), b.constant(high, 'i32')))
  return conjunction(b, tests)
}

/** All of the tests that are not null, or null where none is. */
export function conjunction(b: ExprBuilder, tests: readonly (Expr | null)[]): Expr | null {
  return tests.reduce<Expr | null>(
    (all, test) => (all === null ? test : test === null ? all : b.alu('and', all, test)),
    null,
  )
}
