/**
 * Momentum.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkDecays, scaled, type Hyperparameter } from '../hyperparameter.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, zerosLike, type ArrayTree } from '../trees.js'
import { identity } from './identity.js'

export interface TraceOptions {
  /** The share of the last trace that stays, in [0, 1). */
  readonly decay: Hyperparameter
  /** Look one step ahead; default false. */
  readonly nesterov?: boolean
}

/**
 * Momentum: t ← g + decay · t from 0; the update is t, or g + decay · t with nesterov.
 * Source: Polyak (1964), Nesterov (1983), optax.trace.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const momentum = optim.trace({ decay: 0.5 })
 * const [, state] = momentum.update(np.array([1]), momentum.init(np.array([0])))
 * momentum.update(np.array([1]), state)[0].js() // [1.5]
 * ```
 */
export function trace({ decay, nesterov = false }: TraceOptions): GradientTransformation {
  const operation = 'optim.trace'
  checkDecays(operation, { decay })
  const accumulate = (g: NDArray, t: NDArray): NDArray => np.add(g, scaled(t, decay))
  return transformation<{ readonly trace: ArrayTree }>({
    init: (params) => ({ trace: zerosLike(operation, params) }),
    update: (updates, state) => {
      const next = mapArrays(operation, accumulate, updates, state.trace)
      const ahead = nesterov ? mapArrays(operation, accumulate, updates, next) : next
      return [ahead, { trace: next as ArrayTree }]
    },
  })
}

/** `trace` with this decay, or nothing without. */
export const momentumTrace = (decay: Hyperparameter | undefined, nesterov: boolean): GradientTransformation =>
  decay === undefined ? identity() : trace({ decay, nesterov })
