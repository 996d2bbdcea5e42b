/**
 * Which primitives are expressions (fused into whatever uses them), and the element rule of each.
 * The others become kernels of their own kind: see kernels.ts.
 */

import type { Equation, PrimitiveName } from '../../core/jaxpr.js'
import type { ElementwiseSigs } from '../../core/primitives/elementwise.js'
import type { MovementSigs } from '../../core/primitives/movement.js'
import type { RandomSigs } from '../../core/primitives/random.js'
import type { Expr, Position } from '../expr.js'
import type { EmitContext, EmitRule, EmitTable } from './context.js'
import { elementwiseEmit, type ElementwiseContext } from './elementwise.js'
import { indexingEmit } from './indexing.js'
import { movementEmit } from './movement.js'
import { randomEmit } from './random.js'
import { windows } from './window.js'

export type FusibleName =
  | keyof ElementwiseSigs
  | keyof MovementSigs
  | keyof RandomSigs
  | 'dynamicSlice'
  | 'dynamicUpdateSlice'
  | 'gather'
  | 'windows'

const viewTable: EmitTable<Exclude<FusibleName, keyof ElementwiseSigs>> = {
  ...movementEmit,
  ...indexingEmit,
  ...randomEmit,
  windows,
}

export const isElementwise = (name: PrimitiveName): name is keyof ElementwiseSigs => name in elementwiseEmit
export const isFusible = (name: PrimitiveName): name is FusibleName =>
  isElementwise(name) || name in viewTable

/** The element at `coordinates` of a fusible equation's output. */
export function emitElement(
  context: EmitContext,
  eqn: Equation,
  coordinates: readonly Position[],
  output: number,
): Expr {
  if (isElementwise(eqn.primitive)) {
    const args = eqn.inputs.map((atom) => context.pull(atom, coordinates))
    const input = eqn.inputs.at(-1)?.aval.dtype ?? 'float32'
    const result = eqn.outputs[0]?.aval.dtype ?? input
    // The table is typed entry by entry; params belong to the equation's own primitive.
    const rule = elementwiseEmit[eqn.primitive] as (
      args: readonly Expr[],
      context: ElementwiseContext<keyof ElementwiseSigs>,
    ) => Expr
    return rule(args, {
      b: context.b,
      input,
      output: result,
      params: eqn.params,
    })
  }
  const rule = viewTable[eqn.primitive as keyof typeof viewTable] as EmitRule<PrimitiveName>
  return rule(context, eqn, coordinates, output)
}
