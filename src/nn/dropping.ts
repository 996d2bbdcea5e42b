/**
 * Dropout of the elements of an array, for the layers that do it.
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import * as random from '../random/index.js'
import type { Key } from '../random/index.js'

/** An error unless `rate` is a share that leaves something. */
export function checkDropRate(operation: string, argument: string, rate: number): void {
  if (rate >= 0 && rate < 1) return
  fail('argument', { operation, argument, received: String(rate), expected: 'at least 0 and below 1' })
}

/** The key that training needs, an error where there is none. */
export function keyForDropout(operation: string, key: Key | undefined): Key {
  if (key !== undefined) return key
  return fail('argument', {
    operation,
    argument: 'key',
    received: 'undefined',
    expected: 'a random key in training',
    fix: 'Call apply(variables, x, { training: true, key }), with another key in each step (random.foldIn(key, step)).',
  })
}

/** Each element 0 with probability `rate`, the others divided by 1 - rate. */
export const dropElements = (x: NDArray, rate: number, key: Key): NDArray =>
  np.where(random.bernoulli(key, 1 - rate, x.shape), np.divide(x, 1 - rate), 0)
