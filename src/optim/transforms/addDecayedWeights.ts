/**
 * Weight decay.
 */

import * as np from '../../numpy/index.js'
import { checkNotNegative, scaled, type Hyperparameter } from '../hyperparameter.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays, required } from '../trees.js'
import { masked, type Mask } from '../wrappers/masked.js'

export interface WeightDecayOptions {
  /** How fast parameters shrink, at least 0. In an optimizer it is multiplied by the learning rate. */
  readonly weightDecay?: Hyperparameter
  /** Which parameters shrink; default all. Usual is `(path, p) => p.ndim > 1`, which spares biases and scales. */
  readonly mask?: Mask | undefined
}

/**
 * g + weightDecay · p; `update` needs the parameters. Default weightDecay 0.
 * Source: Loshchilov & Hutter (2019), optax.add_decayed_weights.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const decay = optim.addDecayedWeights({ weightDecay: 1e-4, mask: (path, p) => p.ndim > 1 })
 * const optimizer = optim.chain(decay, optim.sgd(0.1, { momentum: 0.9 }))
 * ```
 */
export function addDecayedWeights({
  weightDecay = 0,
  mask,
}: WeightDecayOptions = {}): GradientTransformation {
  const operation = 'optim.addDecayedWeights'
  checkNotNegative(operation, { weightDecay })
  const decay = stateless((updates, params) =>
    mapArrays(
      operation,
      (g, p) => np.add(g, scaled(np.astype(p, g.dtype), weightDecay)),
      updates,
      required(params, operation),
    ),
  )
  return mask === undefined ? decay : masked(decay, mask)
}
