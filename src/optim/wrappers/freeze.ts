/**
 * Parameters that stay as they are.
 */

import { setToZero } from '../transforms/setToZero.js'
import type { GradientTransformation } from '../transformation.js'
import { masked, type Mask } from './masked.js'

/**
 * Updates of zero where `mask` is true, as the last link of a chain: weight decay and momentum do not move those
 * parameters either. `nn.partition` freezes without computing their gradients. Source: optax.transforms.freeze.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.adamw(1e-3), optim.freeze((path) => path.startsWith('[0]')))
 * ```
 */
export const freeze = (mask: Mask): GradientTransformation => masked(setToZero(), mask)
