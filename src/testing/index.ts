/**
 * The testing kit: numerical checks of derivatives, and the laws of the transformations as functions.
 * Arbitraries for fast-check are in `cotangent/testing/arbitraries`.
 */

import '../install.js'

export { checkGrads, type CheckGradsOptions, type DerivativeMode } from './checkGrads.js'
export type { Tolerance } from './compare.js'
export * as laws from './laws.js'
