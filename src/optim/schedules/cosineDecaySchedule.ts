/**
 * Half a cosine, from a value down to a share of it.
 */

import * as np from '../../numpy/index.js'
import { checkSteps, type Schedule } from './schedule.js'

export interface CosineOptions {
  /** The final value as a share of the first; default 0. */
  readonly alpha?: number
  /** The power of the cosine; default 1. */
  readonly exponent?: number
}

/**
 * init · ((1 - alpha)((1 + cos(π n / steps)) / 2)^exponent + alpha), constant after `decaySteps`.
 * Errors: `argument` unless decaySteps is > 0. Source: Loshchilov & Hutter (2017).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.cosineDecaySchedule(1, 10)
 * console.log(np.astype(rate(0), 'float32').item(), np.astype(rate(5), 'float32').item(), np.astype(rate(10), 'float32').item()) // 1 0.50 0.00
 * ```
 */
export function cosineDecaySchedule(
  initValue: number,
  decaySteps: number,
  { alpha = 0, exponent = 1 }: CosineOptions = {},
): Schedule {
  checkSteps(decaySteps, 'optim.cosineDecaySchedule')
  return (count) => {
    const angle = np.multiply(np.divide(np.minimum(count, decaySteps), decaySteps), Math.PI)
    const cosine = np.multiply(np.add(np.cos(angle), 1), 0.5)
    return np.multiply(np.add(np.multiply(np.power(cosine, exponent), 1 - alpha), alpha), initValue)
  }
}
