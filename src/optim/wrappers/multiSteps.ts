/**
 * Gradient accumulation: one step of an optimizer for the gradients of several batches.
 */

import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { zeroCount } from '../moments.js'
import type { Schedule } from '../schedules/schedule.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'
import { choose, mapArrays, stateOf, type ArrayTree } from '../trees.js'

/** Whether a batch is left out: a rank-0 bool of its gradients, the number of steps made, and the parameters. */
export type ShouldSkip = (updates: unknown, gradientStep: NDArray, params: unknown) => NDArray

export interface MultiStepsOptions {
  /** Whether gradients are averaged (the default) or added up. */
  readonly useGradMean?: boolean
  /** Which batches are left out as if they had never been, for instance `skipNotFinite`. */
  readonly shouldSkipUpdateFn?: ShouldSkip
}

interface State {
  readonly miniStep: NDArray
  readonly gradientStep: NDArray
  readonly innerState: OptimizerState
  readonly accumulated: ArrayTree
}

/** The state of `multiSteps`. */
export interface MultiStepsState extends OptimizerState {
  /** Batches gathered since the last step. */
  readonly miniStep: NDArray
  /** Steps of the inner optimizer so far. */
  readonly gradientStep: NDArray
  readonly innerState: OptimizerState
}

const operation = 'optim.multiSteps'

/** One batch added to what has been gathered: a running mean (Welford), or a sum. */
const gathered = <P>(updates: P, { accumulated, miniStep }: State, useGradMean: boolean): P =>
  mapArrays(
    operation,
    (g, sum) => {
      const wide = np.astype(g, sum.dtype)
      if (!useGradMean) return np.add(wide, sum)
      const batches = np.astype(np.add(miniStep, 1), sum.dtype)
      return np.add(sum, np.divide(np.subtract(wide, sum), batches))
    },
    updates,
    accumulated,
  )

/**
 * Gathers the gradients of `everyK` calls, a number or a schedule of the inner optimizer's step, gives their mean to
 * `inner` with the last, and updates of zero with the others: large batches in little memory. Sums are float32.
 * Errors: `argument` unless everyK is a whole number >= 1. Source: optax.MultiSteps.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.multiSteps(optim.sgd(1), 2)
 * const [first, state] = optimizer.update(np.array([1]), optimizer.init(np.array([0])))
 * const [second] = optimizer.update(np.array([3]), state)
 * console.log(first.js(), second.js()) // [0] [-2]
 * ```
 */
export function multiSteps(
  inner: GradientTransformation,
  everyK: number | Schedule,
  { useGradMean = true, shouldSkipUpdateFn }: MultiStepsOptions = {},
): GradientTransformation<MultiStepsState> {
  checkEvery(everyK)
  return transformation<State>({
    init: (params) => ({
      miniStep: zeroCount(),
      gradientStep: zeroCount(),
      innerState: inner.init(params),
      accumulated: stateOf(operation, (p) => np.zerosLike(p, { dtype: 'float32' }), params),
    }),
    update: (updates, state, params) => {
      const every: ArrayLike = typeof everyK === 'number' ? everyK : everyK(state.gradientStep)
      const mean = gathered(updates, state, useGradMean)
      const gradients = mapArrays(operation, (m, g) => np.astype(m, g.dtype), mean, updates)
      const [proposed, innerState] = inner.update(gradients, state.innerState, params)
      const skip = shouldSkipUpdateFn?.(updates, state.gradientStep, params)
      const last = np.greaterEqual(state.miniStep, np.subtract(every, 1))
      const emit = skip === undefined ? last : np.logicalAnd(last, np.logicalNot(skip))
      const after: State = {
        miniStep: np.astype(np.where(last, 0, np.add(state.miniStep, 1)), 'int32'),
        gradientStep: np.add(state.gradientStep, np.astype(last, 'int32')),
        innerState,
        accumulated: stateOf(operation, (m) => np.where(last, 0, m), mean),
      }
      const next: State = {
        ...(skip === undefined ? after : choose(operation, np.logicalNot(skip), after, state)),
        innerState: choose(operation, emit, innerState, state.innerState),
      }
      return [mapArrays(operation, (u) => np.where(emit, u, 0), proposed), next]
    },
  }) as GradientTransformation<MultiStepsState>
}

function checkEvery(everyK: number | Schedule): void {
  if (typeof everyK === 'function' || (Number.isInteger(everyK) && everyK >= 1)) return
  fail('argument', {
    operation,
    argument: 'everyK',
    received: String(everyK),
    expected: 'a whole number >= 1, or a schedule of them',
  })
}

/**
 * Whether the last call made a step: a rank-0 bool. Source: optax.MultiSteps.has_updated.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.multiSteps(optim.sgd(1), 2)
 * const [, first] = optimizer.update(np.array([1]), optimizer.init(np.array([0])))
 * const [, second] = optimizer.update(np.array([1]), first)
 * console.log(optim.hasUpdated(first).item(), optim.hasUpdated(second).item()) // 0 1
 * ```
 */
export const hasUpdated = ({ miniStep, gradientStep }: MultiStepsState): NDArray =>
  np.logicalAnd(np.equal(miniStep, 0), np.greater(gradientStep, 0))
