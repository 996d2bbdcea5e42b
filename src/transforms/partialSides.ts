/**
 * What the splitting of control flow at what is known shares. Linearisation does it with arrays, the splitting of
 * a program with atoms: `Sides` says what running now and recording for later mean there.
 */

import type { Jaxpr, Params, PrimitiveName } from '../core/jaxpr.js'
import type { Source } from './call.js'

export type Mask = readonly boolean[]

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

export type PartialEval = (jaxpr: Jaxpr, unknown: readonly boolean[]) => SplitJaxpr

export interface Sides<T> {
  /** How a program is split at its unknown inputs. */
  readonly partialEval: PartialEval
  /** Applies a primitive to known values. */
  readonly known: Apply<T>
  /** Records a primitive of which some operand is unknown. */
  readonly unknown: Apply<T>
}

/** The values of `mask` from `unknown`, the others from `known`. */
export const merged = <T>(mask: Mask, known: readonly T[], unknown: readonly T[]): T[] => {
  let [k, u] = [0, 0]
  return mask.map((is) => (is ? unknown[u++] : known[k++]) as T)
}
