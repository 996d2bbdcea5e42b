/**
 * Transformations that scale each element by statistics of its past. g is an update, n the number of the step
 * from 1; m and v are moving averages: m ← b m + (1 - b) g, v ← b v + (1 - b) g². Formulas are Optax's.
 */

import type { NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import * as np from '../numpy/index.js'
import { zeroCount } from './scaling.js'
import {
  mapArrays,
  transformation,
  zerosLike,
  type ArrayTree,
  type GradientTransformation,
} from './transformation.js'

/** decay · average + (1 - decay) · g^order, leaf by leaf. */
const movingAverage = <P>(updates: P, average: ArrayTree, decay: number, order: 1 | 2): P =>
  mapArrays(
    (g, t) => np.add(np.multiply(order === 1 ? g : np.square(g), 1 - decay), np.multiply(t, decay)),
    updates,
    average,
  )

/** An average that began at 0, divided by the share 1 - decayⁿ of real terms in it. */
function biasCorrected<P>(average: P, decay: number, count: NDArray): P {
  const share = np.subtract(1, np.power(decay, np.astype(count, 'float32')))
  return mapArrays((t) => np.divide(t, np.astype(share, t.dtype)), average)
}

export interface AdamOptions {
  /** The decay of m; default 0.9. */
  readonly b1?: number
  /** The decay of v; default 0.999. */
  readonly b2?: number
  /** Added to the denominator; default 1e-8. */
  readonly eps?: number
  /** Added under the root; default 0. */
  readonly epsRoot?: number
  /** Look one step ahead (Dozat 2016); default false. */
  readonly nesterov?: boolean
}
type MomentsState = { readonly count: NDArray; readonly mu: ArrayTree; readonly nu: ArrayTree }

const zeroMoments = (params: unknown): MomentsState => ({
  count: zeroCount(),
  mu: zerosLike(params),
  nu: zerosLike(params),
})

/** m̂ / (√v̂ + eps), both averages corrected for their start at 0. Source: Kingma & Ba (2014). */
export const scaleByAdam = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
  nesterov = false,
}: AdamOptions = {}): GradientTransformation =>
  transformation<MomentsState>({
    init: zeroMoments,
    update: (updates, state) => {
      const mu = movingAverage(updates, state.mu, b1, 1)
      const nu = movingAverage(updates, state.nu, b2, 2)
      const count = np.add(state.count, 1)
      const ahead = (m: NDArray, g: NDArray): NDArray => np.add(np.multiply(m, b1), np.multiply(g, 1 - b1))
      const mean = nesterov
        ? mapArrays(ahead, biasCorrected(mu, b1, np.add(count, 1)), biasCorrected(updates, b1, count))
        : biasCorrected(mu, b1, count)
      const root = (v: NDArray): NDArray => np.sqrt(epsRoot === 0 ? v : np.add(v, epsRoot))
      const scaled = mapArrays(
        (m, v) => np.divide(m, np.add(root(v), eps)),
        mean,
        biasCorrected(nu, b2, count),
      )
      return [scaled, { count, mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })

/** m̂ / u with u ← max(b2 u, |g| + eps). Source: Kingma & Ba (2014), section 7. */
export const scaleByAdamax = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
}: Omit<AdamOptions, 'epsRoot' | 'nesterov'> = {}): GradientTransformation =>
  transformation<MomentsState>({
    init: zeroMoments,
    update: (updates, state) => {
      const count = np.add(state.count, 1)
      const mu = movingAverage(updates, state.mu, b1, 1)
      const nu = mapArrays(
        (g, u) => np.maximum(np.add(np.abs(g), eps), np.multiply(u, b2)),
        updates,
        state.nu,
      )
      const scaled = mapArrays((m, u) => np.divide(m, u), biasCorrected(mu, b1, count), nu)
      return [scaled, { count, mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })

export interface RmsOptions {
  /** The decay of the averages; default 0.9. */
  readonly decay?: number
  /** Added under the root; default 1e-8. */
  readonly eps?: number
}

/** g / √(v + eps). Source: Tieleman & Hinton (2012). */
export const scaleByRms = ({ decay = 0.9, eps = 1e-8 }: RmsOptions = {}): GradientTransformation =>
  transformation<{ readonly nu: ArrayTree }>({
    init: (params) => ({ nu: zerosLike(params) }),
    update: (updates, state) => {
      const nu = movingAverage(updates, state.nu, decay, 2)
      const scaled = mapArrays((g, v) => np.multiply(g, ops.rsqrt(np.add(v, eps))), updates, nu)
      return [scaled, { nu: nu as ArrayTree }]
    },
  })

/** g / √(v - m² + eps). Source: Graves (2013). */
export const scaleByStddev = ({ decay = 0.9, eps = 1e-8 }: RmsOptions = {}): GradientTransformation =>
  transformation<Omit<MomentsState, 'count'>>({
    init: (params) => ({ mu: zerosLike(params), nu: zerosLike(params) }),
    update: (updates, state) => {
      const mu = movingAverage(updates, state.mu, decay, 1)
      const nu = movingAverage(updates, state.nu, decay, 2)
      const spread = (m: NDArray, v: NDArray): NDArray => np.add(np.subtract(v, np.square(m)), eps)
      const scaled = mapArrays((g, m, v) => np.multiply(g, ops.rsqrt(spread(m, v))), updates, mu, nu)
      return [scaled, { mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })

export interface AdagradOptions {
  /** Where the sums start; default 0.1. */
  readonly initialAccumulatorValue?: number
  /** Added under the root; default 1e-7. */
  readonly eps?: number
}

/** g / √(s + eps) with the sum s ← s + g², 0 where s is 0. Source: Duchi et al. (2011). */
export const scaleByRss = ({
  initialAccumulatorValue = 0.1,
  eps = 1e-7,
}: AdagradOptions = {}): GradientTransformation =>
  transformation<{ readonly sums: ArrayTree }>({
    init: (params) => ({
      sums: mapArrays((p) => np.fullLike(p, initialAccumulatorValue), params) as ArrayTree,
    }),
    update: (updates, state) => {
      const sums = mapArrays((g, s) => np.add(np.square(g), s), updates, state.sums)
      const inverseRoot = (s: NDArray): NDArray => np.where(np.greater(s, 0), ops.rsqrt(np.add(s, eps)), 0)
      return [mapArrays((g, s) => np.multiply(inverseRoot(s), g), updates, sums), { sums: sums as ArrayTree }]
    },
  })

export interface AdadeltaOptions {
  /** The decay of the averages; default 0.9. */
  readonly rho?: number
  /** Added under the roots; default 1e-6. */
  readonly eps?: number
}

/** d = g √(x + eps) / √(v + eps) with x the moving average of d². Source: Zeiler (2012). */
export const scaleByAdadelta = ({ rho = 0.9, eps = 1e-6 }: AdadeltaOptions = {}): GradientTransformation =>
  transformation<{ readonly nu: ArrayTree; readonly steps: ArrayTree }>({
    init: (params) => ({ nu: zerosLike(params), steps: zerosLike(params) }),
    update: (updates, state) => {
      const nu = movingAverage(updates, state.nu, rho, 2)
      const root = (v: NDArray): NDArray => np.sqrt(np.add(v, eps))
      const scaled = mapArrays(
        (g, v, x) => np.multiply(np.divide(root(x), root(v)), g),
        updates,
        nu,
        state.steps,
      )
      return [scaled, { nu: nu as ArrayTree, steps: movingAverage(scaled, state.steps, rho, 2) as ArrayTree }]
    },
  })

export interface LionOptions {
  /** The decay that the update sees; default 0.9. */
  readonly b1?: number
  /** The decay of the average that is kept; default 0.99. */
  readonly b2?: number
}

/** sign(b1 m + (1 - b1) g). Source: Chen et al. (2023). */
export const scaleByLion = ({ b1 = 0.9, b2 = 0.99 }: LionOptions = {}): GradientTransformation =>
  transformation<{ readonly mu: ArrayTree }>({
    init: (params) => ({ mu: zerosLike(params) }),
    update: (updates, state) => {
      const directions = mapArrays((x) => np.sign(x), movingAverage(updates, state.mu, b1, 1))
      return [directions, { mu: movingAverage(updates, state.mu, b2, 1) as ArrayTree }]
    },
  })
