/** The shapes that derivative rules come in; the tables are written with these. */

import { bind } from '../../core/interpreter.js'
import type { Inputs, Outputs, Params, PrimitiveName, Signatures } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { add } from '../../core/ops.js'
import type { JvpRule, Tangent } from '../rules.js'

/** Primitives with one result. */
export type SingleOutput = {
  [P in PrimitiveName]: Signatures[P]['outputs'] extends 1 ? P : never
}[PrimitiveName]

/** ∂f/∂xᵢ · dxᵢ, from dxᵢ, y = f(x), x and the parameters. */
export type Partial<P extends PrimitiveName> = (
  dx: NDArray,
  y: NDArray,
  inputs: Inputs<P, NDArray>,
  params: Params<P>,
) => NDArray

/** One partial derivative for each operand; null where it is zero. */
type Partials<P extends PrimitiveName> = Inputs<P, Partial<P> | null>

export const sumTangents = (a: Tangent, b: Tangent): Tangent => (a === null ? b : b === null ? a : add(a, b))

/** dy = Σᵢ ∂f/∂xᵢ · dxᵢ */
export function partials<P extends SingleOutput>(primitive: P, ...rules: Partials<P>): JvpRule<P> {
  return (primals, tangents, params) => {
    const outputs = bind(primitive, primals, params)
    const [y] = outputs as readonly NDArray[] as readonly [NDArray]
    const terms = (tangents as readonly Tangent[]).map((dx, i) => {
      const rule = rules[i]
      return dx === null || rule === null || rule === undefined ? null : rule(dx, y, primals, params)
    })
    return [outputs, [terms.reduce(sumTangents, null)] as unknown as Outputs<P, Tangent>]
  }
}

/** dy = f(dx): the function is linear in its one operand. */
export function linear<P extends SingleOutput>(primitive: P): JvpRule<P> {
  return (primals, tangents, params) => [
    bind(primitive, primals, params),
    // Called with the tangent not null: there is only one operand.
    bind(primitive, tangents as unknown as readonly NDArray[], params),
  ]
}
