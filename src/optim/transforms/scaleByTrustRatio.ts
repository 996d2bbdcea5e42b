/**
 * The layer-wise scaling of LAMB and LARS: steps as long as their parameters.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkNotNegative, inDTypeOf, scaled, shifted, type Hyperparameter } from '../hyperparameter.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays, required } from '../trees.js'

export interface TrustRatioOptions {
  /** The least norm of parameters and updates; default 0. */
  readonly minNorm?: Hyperparameter
  /** A factor on the ratio; default 1. */
  readonly trustCoefficient?: Hyperparameter
  /** Added to the denominator; default 0. */
  readonly eps?: Hyperparameter
}

/**
 * trustCoefficient · ‖p‖ / (‖g‖ + eps) · g for each leaf; g where either norm is 0. `update` needs the parameters.
 * Source: You et al. (2020), optax.scale_by_trust_ratio.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const trust = optim.scaleByTrustRatio()
 * const p = np.array([3, 4])
 * trust.update(np.array([0, 2]), trust.init(p), p)[0].js() // [0, 5]
 * ```
 */
export function scaleByTrustRatio({
  minNorm = 0,
  trustCoefficient = 1,
  eps = 0,
}: TrustRatioOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByTrustRatio'
  checkNotNegative(operation, { minNorm, trustCoefficient, eps })
  const norm = (x: NDArray): NDArray => np.maximum(np.sqrt(np.sum(np.square(x))), inDTypeOf(x, minNorm))
  const trusted = (g: NDArray, p: NDArray): NDArray => {
    const [ofParameter, ofUpdate] = [norm(p), norm(g)]
    const ratio = np.divide(scaled(ofParameter, trustCoefficient), np.astype(shifted(ofUpdate, eps), p.dtype))
    const still = np.logicalOr(np.equal(ofParameter, 0), np.equal(ofUpdate, 0))
    return scaled(g, np.where(still, 1, ratio))
  }
  return stateless((updates, params) => mapArrays(operation, trusted, updates, required(params, operation)))
}
