/**
 * The transformer block: attention and a two-layer network, each with a residual connection and a normalisation.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { gelu } from '../activations.js'
import { affineMap, dense, type DenseParams } from './dense.js'
import { dropout as dropoutLayer } from './dropout.js'
import type { Layer } from './layer.js'
import { layerNorm } from './layerNorm.js'
import {
  multiHeadAttention,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
} from './multiHeadAttention.js'
import type { AffineParams } from './normalization.js'

export interface TransformerBlockParams {
  readonly attentionNorm: AffineParams
  readonly attention: MultiHeadAttentionParams
  readonly mlpNorm: AffineParams
  /** features → mlpFeatures */
  readonly hidden: DenseParams
  /** mlpFeatures → features */
  readonly output: DenseParams
}

export interface TransformerBlockOptions extends Omit<MultiHeadAttentionOptions, 'useBias' | 'dropout'> {
  /** Features of the hidden layer; default four times those of the input. */
  readonly mlpFeatures?: number
  /** The rate of dropout of what each residual connection adds, and of the hidden layer; default 0. */
  readonly dropout?: number
  /** The rate of dropout of the attention weights; default `dropout`. */
  readonly attentionDropout?: number
  /** Whether each half normalises its input ('pre', the default) or the sum that it makes ('post', as in 2017). */
  readonly norm?: 'pre' | 'post'
  /** Of the hidden layer; default gelu. */
  readonly activation?: (x: NDArray) => NDArray
  /** Of the normalisations; default 1e-5. */
  readonly epsilon?: number
}

/**
 * A transformer block: x ← x + attention(norm(x)), then x ← x + mlp(norm(x)). [batch, length, features] → the same
 * shape, so blocks can be stacked (`repeat`). `causal` and `mask` are those of `multiHeadAttention`; in training with
 * dropout it needs a key. Source: Vaswani et al. (2017), Xiong et al. (2020), torch.nn.TransformerEncoderLayer.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const model = nn.repeat(nn.transformerBlock({ heads: 2, causal: true }), 3)
 * const [y] = model.apply(model.init(random.key(0), [6, 8]), np.ones([2, 6, 8]))
 * console.log(y.shape) // [2, 6, 8]
 * ```
 */
export function transformerBlock(options: TransformerBlockOptions): Layer<TransformerBlockParams, null> {
  const { mlpFeatures, dropout = 0, norm = 'pre', activation = (x) => gelu(x), epsilon = 1e-5 } = options
  const { kernelInit, attentionDropout = dropout } = options
  const attention = multiHeadAttention({ ...options, dropout: attentionDropout })
  const normalize = layerNorm({ epsilon })
  const dropped = dropoutLayer(dropout)
  const linear = (features: number) => dense(features, kernelInit === undefined ? {} : { kernelInit })
  return {
    name: 'transformerBlock',
    init(key, inputShape) {
      const features = inputShape.at(-1) ?? 0
      const hidden = mlpFeatures ?? 4 * features
      const own = (i: number): random.Key => random.foldIn(key, i)
      const params = {
        attention: attention.init(own(0), inputShape).params,
        attentionNorm: normalize.init(own(1), inputShape).params,
        mlpNorm: normalize.init(own(2), inputShape).params,
        hidden: linear(hidden).init(own(3), [features]).params,
        output: linear(features).init(own(4), [hidden]).params,
      }
      return { params, state: null }
    },
    apply({ params }, x, { key, ...rest } = {}) {
      const use = <P>(layer: Layer<P, null>, own: P, input: NDArray, i = 0): NDArray =>
        layer.apply(
          { params: own, state: null },
          input,
          key === undefined ? rest : { ...rest, key: random.foldIn(key, i) },
        )[0]
      const half = (input: NDArray, own: AffineParams, i: number, f: (y: NDArray) => NDArray): NDArray => {
        if (norm === 'pre') return np.add(input, use(dropped, null, f(use(normalize, own, input)), i))
        return use(normalize, own, np.add(input, use(dropped, null, f(input), i)))
      }
      const attended = half(x, params.attentionNorm, 0, (y) => use(attention, params.attention, y, 3))
      const network = (y: NDArray): NDArray => {
        const hidden = activation(affineMap(params.hidden, y))
        return affineMap(params.output, use(dropped, null, hidden, 1))
      }
      return [half(attended, params.mlpNorm, 2, network), null]
    },
  }
}
