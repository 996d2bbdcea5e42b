/**
 * Transformations that scale, clip or accumulate updates. g is an update, p its parameter, n the step.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import { NDArray as ArrayClass } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import * as np from '../numpy/index.js'
import type { Schedule } from './schedules.js'
import {
  identity,
  mapArrays,
  required,
  stateless,
  transformation,
  zerosLike,
  type ArrayTree,
  type GradientTransformation,
} from './transformation.js'

/** g · factor in the dtype of g. */
const scaled = (g: NDArray, factor: ArrayLike): NDArray =>
  np.multiply(g, factor instanceof ArrayClass ? np.astype(factor, g.dtype) : factor)

/** stepSize · g. */
export const scale = (stepSize: ArrayLike): GradientTransformation =>
  stateless((updates) => mapArrays((g) => scaled(g, stepSize), updates))

/** The count of steps before the first. */
export const zeroCount = (): NDArray => np.zeros([], { dtype: 'int32' })

/** schedule(n) · g, counting its own steps. */
export const scaleBySchedule = (stepSizeFn: Schedule): GradientTransformation =>
  transformation<{ readonly count: NDArray }>({
    init: () => ({ count: zeroCount() }),
    update: (updates, { count }) => {
      const factor = stepSizeFn(count)
      return [mapArrays((g) => scaled(g, factor), updates), { count: np.add(count, 1) }]
    },
  })

/** A number, or a schedule of the step. */
export type LearningRate = number | Schedule

/** -learningRate · g: the last link of an optimizer, which turns ascent into descent. */
export const scaleByLearningRate = (learningRate: LearningRate): GradientTransformation => {
  if (typeof learningRate === 'function') return scaleBySchedule((count) => np.negative(learningRate(count)))
  return scale(-learningRate)
}

/** g + weightDecay · p. */
export const addDecayedWeights = ({
  weightDecay = 0,
}: { readonly weightDecay?: number } = {}): GradientTransformation =>
  stateless((updates, params) =>
    mapArrays(
      (g, p) => np.add(g, scaled(np.astype(p, g.dtype), weightDecay)),
      updates,
      required(params, 'optim.addDecayedWeights'),
    ),
  )

export interface TraceOptions {
  /** The share of the last trace that stays. */
  readonly decay: number
  /** Look one step ahead; default false. */
  readonly nesterov?: boolean
}

/** Momentum: t ← g + decay · t; the update is t, or g + decay · t with nesterov. */
export const trace = ({ decay, nesterov = false }: TraceOptions): GradientTransformation => {
  const accumulate = (g: NDArray, t: NDArray): NDArray => np.add(g, np.multiply(t, decay))
  return transformation<{ readonly trace: ArrayTree }>({
    init: (params) => ({ trace: zerosLike(params) }),
    update: (updates, state) => {
      const next = mapArrays(accumulate, updates, state.trace)
      return [nesterov ? mapArrays(accumulate, updates, next) : next, { trace: next as ArrayTree }]
    },
  })
}

/** `trace` with this decay, or nothing without. */
export const momentumTrace = (decay: number | undefined, nesterov: boolean): GradientTransformation =>
  decay === undefined ? identity() : trace({ decay, nesterov })

/** Each element of g limited to [-maxDelta, maxDelta]. */
export const clip = (maxDelta: number): GradientTransformation =>
  stateless((updates) => mapArrays((g) => np.clip(g, -maxDelta, maxDelta), updates))

/**
 * The length of all leaves as one vector: √Σ x².
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.globalNorm({ a: np.array([3]), b: np.array([4]) }).item() // 5
 * ```
 */
export function globalNorm(updates: unknown): NDArray {
  const squares = tree.leaves(updates).map((x) => np.sum(np.square(x as NDArray)))
  return np.sqrt(squares.reduce(np.add, np.zeros([])))
}

/** g · maxNorm / norm where the norm of all of g exceeds maxNorm. Source: Pascanu et al. (2012). */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation =>
  stateless((updates) => {
    const norm = globalNorm(updates)
    const small = np.less(norm, maxNorm)
    return mapArrays(
      (g) => np.where(small, g, np.multiply(np.divide(g, np.astype(norm, g.dtype)), maxNorm)),
      updates,
    )
  })
