/**
 * Mixed precision: what is computed in half types, and the scaling of float16 losses that keeps small gradients from
 * vanishing and finds out when large ones overflow. Source: Micikevicius et al. (2018), torch.amp.GradScaler.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import * as np from '../numpy/index.js'

/** What a model computes in; parameters, optimizer and losses are float32 in any case. */
export type Precision = 'float32' | 'float16' | 'bfloat16'

/** How losses are scaled in float16. */
export interface LossScalingOptions {
  readonly dtype: 'float16'
  /** The factor at the start; default 2¹⁵. */
  readonly initialScale?: number
  /** The factor is doubled after so many steps without an overflow; default 2000. */
  readonly growthInterval?: number
}

/** The state of loss scaling. */
export interface LossScaling {
  /** float32: what losses are multiplied by before they are differentiated. */
  readonly scale: NDArray
  /** int32: steps in a row without an overflow. */
  readonly good: NDArray
  /** int32: steps that changed nothing because a gradient overflowed. */
  readonly skipped: NDArray
}

/** Precision with everything decided. */
export interface PrecisionPlan {
  readonly dtype: Precision
  readonly initialScale: number
  readonly growthInterval: number
}

export function precisionPlan(given: Precision | LossScalingOptions, operation: string): PrecisionPlan {
  const {
    dtype,
    initialScale = 2 ** 15,
    growthInterval = 2000,
  } = typeof given === 'string' ? { dtype: given } : given
  const wrong = (argument: string, received: string, expected: string): never =>
    fail('argument', { operation, argument, received, expected })
  if (!['float32', 'float16', 'bfloat16'].includes(dtype))
    wrong('precision', `'${dtype}'`, "'float32', 'float16', 'bfloat16' or { dtype: 'float16', … }")
  if (!(initialScale > 0 && initialScale <= largestScale))
    wrong('precision.initialScale', String(initialScale), `above 0 and at most ${largestScale}`)
  if (!(Number.isInteger(growthInterval) && growthInterval >= 1))
    wrong('precision.growthInterval', String(growthInterval), 'a whole number >= 1')
  return { dtype, initialScale, growthInterval }
}

const isHalf = (dtype: string): boolean => dtype === 'float16' || dtype === 'bfloat16'

/** The float32 arrays of a tree in the type that a model computes in. */
export function lowered<T>(given: T, { dtype }: PrecisionPlan): T {
  if (dtype === 'float32') return given
  const lower = (x: unknown): unknown =>
    x instanceof NDArray && x.dtype === 'float32' ? np.astype(x, dtype) : x
  return tree.map(lower, given) as T
}

/** The half arrays of a tree as float32. */
export function raised<T>(given: T): T {
  const raise = (x: unknown): unknown =>
    x instanceof NDArray && isHalf(x.dtype) ? np.astype(x, 'float32') : x
  return tree.map(raise, given) as T
}

export const startScaling = ({ dtype, initialScale }: PrecisionPlan): LossScaling | null =>
  dtype === 'float16'
    ? { scale: np.array(initialScale, { dtype: 'float32' }), good: zero(), skipped: zero() }
    : null

const zero = (): NDArray => np.zeros([], { dtype: 'int32' })

/** bool: whether every number of a tree is finite. */
export const allFinite = (given: unknown): NDArray =>
  tree
    .leaves(given)
    .map((leaf) => np.all(np.isfinite(leaf as NDArray)))
    .reduce((all, one) => np.logicalAnd(all, one), np.array(true))

/** Beyond it a loss of 1 is no float16, and a scale of float32 may stay where it is. */
const largestScale = 2 ** 24

/** Doubled after enough good steps, halved after an overflow, never below 1. */
export function nextScaling(
  { scale, good, skipped }: LossScaling,
  isGood: NDArray,
  { growthInterval }: PrecisionPlan,
): LossScaling {
  const count = np.add(good, 1)
  const grows = np.greaterEqual(count, growthInterval)
  const grown = np.where(grows, np.minimum(np.multiply(scale, 2), largestScale), scale)
  const shrunk = np.maximum(np.multiply(scale, 0.5), 1)
  return {
    scale: np.where(isGood, grown, shrunk),
    good: np.where(np.logicalAnd(isGood, np.logicalNot(grows)), count, 0),
    skipped: np.where(isGood, skipped, np.add(skipped, 1)),
  }
}

/** The leaves of `next` where `condition` is true, else those of `before`. */
export const chosen = <T>(condition: NDArray, next: T, before: T): T =>
  tree.map((a: NDArray, b: NDArray) => np.where(condition, a, b), next, before) as T
