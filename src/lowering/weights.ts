/**
 * What an element of a primitive's result costs: for deciding what is computed again and what is kept.
 */

import type { PrimitiveName } from '../core/jaxpr.js'

/** Multiply-add is 1; what a function costs in those units, where it is not 1. */
export const weights: { readonly [P in PrimitiveName]?: number } = {
  div: 3,
  sqrt: 4,
  rsqrt: 6,
  rem: 6,
  exp: 12,
  exp2: 12,
  expm1: 16,
  log: 14,
  log1p: 16,
  logistic: 16,
  tanh: 18,
  sin: 18,
  cos: 18,
  tan: 24,
  asin: 24,
  acos: 24,
  atan: 24,
  sinh: 24,
  cosh: 24,
  asinh: 30,
  acosh: 30,
  atanh: 30,
  cbrt: 24,
  erf: 30,
  erfc: 40,
  erfInv: 30,
  lgamma: 60,
  digamma: 40,
  pow: 40,
  atan2: 30,
  nextAfter: 8,
  threefry2x32: 110,
  gather: 3,
  dynamicSlice: 2,
  dynamicUpdateSlice: 3,
  broadcastInDim: 0,
  reshape: 0,
  transpose: 0,
  slice: 0,
  windows: 0,
  reverse: 0,
  iota: 1,
  pad: 2,
  concatenate: 2,
  stopGradient: 0,
}
export const weightOf = (primitive: PrimitiveName): number => weights[primitive] ?? 1

/** A value used in several places is recomputed there if it is cheaper than storing and loading it. */
export const cheap = 4
