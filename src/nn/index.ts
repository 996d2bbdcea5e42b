/**
 * Neural networks: activations, initializers, layers as pairs of pure functions, losses, metrics.
 */

import '../install.js'

export * from './activations.js'
export { hardSwish as hardSilu, silu as swish } from './activations.js'
export * as initializers from './initializers.js'
export type { Initializer } from './initializers.js'
export { dotProductAttention, type AttentionOptions } from './attention.js'
export { activation } from './layers/activation.js'
export { dense, type DenseOptions, type DenseParams } from './layers/dense.js'
export { flatten } from './layers/flatten.js'
export type { ApplyOptions, Layer, ParamsOf, StateOf, Variables } from './layers/layer.js'
export { sequential, type SequentialParams, type SequentialState } from './layers/sequential.js'
export * as losses from './losses/index.js'
export { accuracy } from './metrics.js'
export { logmeanexp, logSoftmax, logsumexp, oneHot, softmax, standardize } from './softmax.js'
export type { OneHotOptions, StandardizeOptions } from './softmax.js'
