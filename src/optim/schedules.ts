/**
 * Schedules: functions from the number of a step (a number or a rank-0 integer array) to a value, for instance
 * a learning rate. Formulas are Optax's; n is the step.
 */

import { fail } from '../core/errors.js'
import type { ArrayLike } from '../core/ndarray.js'
import * as np from '../numpy/index.js'

export type Schedule = (count: ArrayLike) => ArrayLike

/** The same value at every step. */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    value

function checkSteps(steps: number, operation: string): void {
  if (!(steps > 0))
    fail('argument', {
      operation,
      argument: 'the number of steps',
      received: String(steps),
      expected: 'a number > 0',
    })
}

export interface BeginOptions {
  /** The step at which the change begins; default 0. */
  readonly transitionBegin?: number
}

/** end + (init - end)(1 - n / steps)^power, n limited to [0, steps]. */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  { transitionBegin = 0 }: BeginOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.polynomialSchedule')
  return (count) => {
    const passed = np.clip(np.subtract(count, transitionBegin), 0, transitionSteps)
    const left = np.subtract(1, np.divide(passed, transitionSteps))
    return np.add(np.multiply(np.power(left, power), initValue - endValue), endValue)
  }
}

/**
 * From `initValue` to `endValue` in equal steps, then constant.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.sgd(optim.linearSchedule(0.1, 0, 1000))
 * ```
 */
export const linearSchedule = (
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options?: BeginOptions,
): Schedule => polynomialSchedule(initValue, endValue, 1, transitionSteps, options)

export interface ExponentialOptions extends BeginOptions {
  /** Change at whole multiples of transitionSteps only; default false. */
  readonly staircase?: boolean
  /** A bound that the value does not pass. */
  readonly endValue?: number
}

/** init · rate^(n / steps). */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  { transitionBegin = 0, staircase = false, endValue }: ExponentialOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.exponentialDecay')
  const bound = decayRate < 1 ? np.maximum : np.minimum
  return (count) => {
    const passed = np.subtract(count, transitionBegin)
    const periods = np.divide(passed, transitionSteps)
    const power = np.power(decayRate, staircase ? np.floor(periods) : periods)
    const value = np.where(np.lessEqual(passed, 0), initValue, np.multiply(power, initValue))
    return endValue === undefined ? value : bound(value, endValue)
  }
}

export interface CosineOptions {
  /** The final value as a share of the first; default 0. */
  readonly alpha?: number
  /** The power of the cosine; default 1. */
  readonly exponent?: number
}

/** init · ((1 - alpha)((1 + cos(π n / steps)) / 2)^exponent + alpha). Source: Loshchilov & Hutter (2017). */
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

/** schedules[i] from boundary i - 1 on, counting its steps from there. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const [first, ...rest] = schedules
  if (first === undefined || rest.length !== boundaries.length) {
    return fail('argument', {
      operation: 'optim.joinSchedules',
      argument: 'boundaries',
      received: `${boundaries.length} for ${schedules.length} schedules`,
      expected: 'one between any two schedules',
    })
  }
  return (count) =>
    rest.reduce<ArrayLike>((value, schedule, i) => {
      const start = boundaries[i] ?? 0
      return np.where(np.less(count, start), value, schedule(np.subtract(count, start)))
    }, first(count))
}

export interface WarmupOptions {
  /** The final value; default 0. */
  readonly endValue?: number
  readonly exponent?: number
}

/** Linear from `initValue` to `peakValue` in `warmupSteps`, then a cosine decay that ends at step `decaySteps`. */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  { endValue = 0, exponent = 1 }: WarmupOptions = {},
): Schedule {
  const alpha = peakValue === 0 ? 0 : endValue / peakValue
  const decay = cosineDecaySchedule(peakValue, decaySteps - warmupSteps, { alpha, exponent })
  return joinSchedules([linearSchedule(initValue, peakValue, warmupSteps), decay], [warmupSteps])
}

/** `initValue`, multiplied by `scale` from step `boundary` on, for each `{ boundary: scale }`. */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: Readonly<Record<number, number>> = {},
): Schedule {
  const pieces = Object.entries(boundariesAndScales).map(([step, scale]) => [Number(step), scale] as const)
  return (count) =>
    pieces.reduce<ArrayLike>(
      (value, [step, scale]) => np.where(np.less(count, step), value, np.multiply(value, scale)),
      initValue,
    )
}
