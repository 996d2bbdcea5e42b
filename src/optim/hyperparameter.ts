/**
 * Rates, decays and other numbers of optimizers: plain numbers, checked at once, or rank-0 arrays, so that they may
 * change from step to step (`injectHyperparams`).
 */

import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import type { Schedule } from './schedules/schedule.js'

/** A number, or a rank-0 array. */
export type Hyperparameter = number | NDArray
/** A number, a rank-0 array, or a schedule of the step. */
export type LearningRate = Hyperparameter | Schedule

interface Range {
  /** The least value; default 0. */
  readonly least?: number
  /** What the value stays below; default nothing. */
  readonly below?: number
  readonly fix?: string
}

/** An error unless `value`, if it is a number, lies in the range. */
export function checkHyperparameter(
  operation: string,
  argument: string,
  value: Hyperparameter,
  { least = 0, below = Infinity, fix }: Range = {},
): void {
  if (value instanceof NDArray || (value >= least && value < below)) return
  const limit = below === Infinity ? 'a finite number' : `a number below ${below}`
  const expected = least === -Infinity ? limit : `${limit} and at least ${least}`
  fail('argument', {
    operation,
    argument,
    received: String(value),
    expected,
    ...(fix === undefined ? {} : { fix }),
  })
}

/** An error unless each of these decays lies in [0, 1). */
export function checkDecays(operation: string, decays: Readonly<Record<string, Hyperparameter>>): void {
  const fix = 'It is the share of the past that stays; values near 1 average over many steps.'
  for (const [name, value] of Object.entries(decays))
    checkHyperparameter(operation, name, value, { below: 1, fix })
}

/** An error unless each of these numbers is at least 0. */
export function checkNotNegative(operation: string, values: Readonly<Record<string, Hyperparameter>>): void {
  for (const [name, value] of Object.entries(values)) checkHyperparameter(operation, name, value)
}

/** `value` in the dtype of `x`; numbers are weakly typed already. */
export const inDTypeOf = (x: NDArray, value: ArrayLike): ArrayLike =>
  value instanceof NDArray ? np.astype(value, x.dtype) : value

/** x · factor in the dtype of x. */
export const scaled = (x: NDArray, factor: ArrayLike): NDArray => np.multiply(x, inDTypeOf(x, factor))

/** x + term in the dtype of x. */
export const shifted = (x: NDArray, term: ArrayLike): NDArray => np.add(x, inDTypeOf(x, term))

/** 1 - share. */
export const rest = (share: Hyperparameter): Hyperparameter =>
  share instanceof NDArray ? np.subtract(1, share) : 1 - share
