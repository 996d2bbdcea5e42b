/**
 * Neural networks: activations, initializers, layers as pairs of pure functions, losses, metrics.
 */

import '../install.js'

export * from './activations.js'
export { hardSwish as hardSilu, silu as swish } from './activations.js'
export * as initializers from './initializers/index.js'
export type { Initializer } from './initializers/index.js'
export { additiveAttention } from './additiveAttention.js'
export { dotProductAttention, type AttentionDropout, type AttentionOptions } from './attention.js'
export { activation } from './layers/activation.js'
export { avgPool, type AvgPoolOptions } from './layers/avgPool.js'
export {
  additiveCrossAttention,
  bahdanauAttention,
  type AdditiveCrossOptions,
  type BahdanauAttentionOptions,
  type BahdanauAttentionParams,
} from './layers/bahdanauAttention.js'
export { batchNorm, type BatchNormOptions, type BatchNormState } from './layers/batchNorm.js'
export { conv, type ConvLayerOptions, type ConvParams } from './layers/conv.js'
export { convTranspose, type ConvTransposeLayerOptions } from './layers/convTranspose.js'
export { dense, type DenseOptions, type DenseParams } from './layers/dense.js'
export { depthwiseConv, type DepthwiseConvOptions } from './layers/depthwiseConv.js'
export { dropout } from './layers/dropout.js'
export { embedding, type EmbeddingOptions, type EmbeddingParams } from './layers/embedding.js'
export { flatten } from './layers/flatten.js'
export { globalAvgPool } from './layers/globalAvgPool.js'
export { groupNorm } from './layers/groupNorm.js'
export type { ApplyOptions, Layer, ParamsOf, StateOf, Variables } from './layers/layer.js'
export { gru, type GruCarry, type GruParams } from './layers/gru.js'
export { lstm, type LstmCarry, type LstmParams } from './layers/lstm.js'
export { layerNorm, type LayerNormOptions } from './layers/layerNorm.js'
export { maxPool } from './layers/maxPool.js'
export {
  crossAttention,
  multiHeadAttention,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
} from './layers/multiHeadAttention.js'
export type { AffineOptions, AffineParams } from './layers/normalization.js'
export type { PoolOptions } from './layers/pooling.js'
export { positionalEmbedding, type PositionalEmbeddingOptions } from './layers/positionalEmbedding.js'
export { positionalEncoding, type PositionalEncodingOptions } from './layers/positionalEncoding.js'
export { parallel } from './layers/parallel.js'
export type { Bidirectional, RecurrentLayer, RecurrentOptions } from './layers/recurrent.js'
export { repeat } from './layers/repeat.js'
export { residual, type ResidualSides } from './layers/residual.js'
export { rmsNorm, type RmsNormOptions } from './layers/rmsNorm.js'
export { rnn, type RnnCarry, type RnnOptions, type RnnParams } from './layers/rnn.js'
export { sequential, type SequentialParams, type SequentialState } from './layers/sequential.js'
export { stateful } from './layers/stateful.js'
export type { Sizes } from './layers/spatial.js'
export {
  transformerBlock,
  type TransformerBlockOptions,
  type TransformerBlockParams,
} from './layers/transformerBlock.js'
export * as losses from './losses/index.js'
export { accuracy } from './metrics/correctness.js'
export * as metrics from './metrics/index.js'
export type { Metric } from './metrics/index.js'
export { combine, partition, type Combined, type Partition } from './partition.js'
export { summary } from './summary.js'
export { rotary, type RotaryOptions } from './rotary.js'
export { logmeanexp, logSoftmax, logsumexp, oneHot, softmax, standardize } from './softmax.js'
export type { OneHotOptions, StandardizeOptions } from './softmax.js'
