/**
 * Random numbers with explicit keys, bit for bit JAX's (threefry2x32, partitionable).
 */

import '../install.js'

export {
  cauchy,
  exponential,
  gumbel,
  laplace,
  logistic,
  pareto,
  rayleigh,
  triangular,
  weibullMin,
} from './continuous.js'
export { bernoulli, geometric, rademacher, randint } from './discrete.js'
export type { GeometricOptions, RademacherOptions, RandintOptions } from './discrete.js'
export { foldIn, fromSeed as key, Key, keyData, split, wrapKeyData } from './key.js'
export { lognormal, normal, truncatedNormal } from './normal.js'
export { categorical, choice, permutation } from './selection.js'
export type { CategoricalOptions, ChoiceOptions } from './selection.js'
export { bits, uniform } from './uniform.js'
export type { FloatOptions, UniformOptions } from './uniform.js'
