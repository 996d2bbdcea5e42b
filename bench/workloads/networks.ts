/**
 * Training steps of convolutional, recurrent and attention networks.
 */

import { denseParams, oneHot, training, uniform, type Size, type Specs, type Workload } from './workload.js'

interface Cnn {
  readonly name: string
  readonly side: number
  readonly channels: number
  /** Output channels of the 3×3 convolutions, each followed by relu and 2×2 pooling. */
  readonly convs: readonly number[]
  readonly hidden: number
  readonly batch: number
}

/** Convolutions without padding, then two dense layers. */
function cnn({ name, side, channels, convs, hidden, batch }: Cnn): Workload {
  let [size, depth, products] = [side, channels, 0]
  const params: Record<string, Specs[string]> = {}
  convs.forEach((out, i) => {
    size -= 2
    products += batch * size ** 2 * 9 * depth * out
    params[`conv${i}.kernel`] = uniform([3, 3, depth, out], 100 + 2 * i, Math.sqrt(6 / (9 * (depth + out))))
    params[`conv${i}.bias`] = uniform([out], 101 + 2 * i, 0.01)
    ;[size, depth] = [Math.floor(size / 2), out]
  })
  const flat = size ** 2 * depth
  return training({
    name: `CNN ${name} step, batch ${batch}`,
    kind: 'cnn',
    data: { x: uniform([batch, side, side, channels], 110, 0.5, 0.5), y: oneHot(batch, 10) },
    params: {
      ...params,
      ...denseParams('dense0', flat, hidden, 120),
      ...denseParams('dense1', hidden, 10, 122),
    },
    products: products + batch * hidden * (flat + 10),
  })
}

interface Lstm {
  readonly hidden: number
  readonly length: number
  readonly batch: number
  readonly inputs: number
}

/** One layer; a dense layer reads the last state. x is [time, batch, inputs]; gates in the order i, f, g, o. */
function lstm({ hidden, length, batch, inputs }: Lstm): Workload {
  const scale = 1 / Math.sqrt(hidden)
  return training({
    name: `LSTM ${hidden} hidden, T ${length}, batch ${batch}, input ${inputs} step`,
    kind: 'lstm',
    data: { x: uniform([length, batch, inputs], 130), y: uniform([batch, 1], 131) },
    params: {
      'lstm.input': uniform([inputs, 4 * hidden], 132, scale),
      'lstm.hidden': uniform([hidden, 4 * hidden], 133, scale),
      'lstm.bias': uniform([4 * hidden], 134, scale),
      ...denseParams('dense0', hidden, 1, 135),
    },
    products: length * batch * 4 * hidden * (inputs + hidden) + batch * hidden,
  })
}

const norm = (name: string, size: number, seed: number): Specs => ({
  [`${name}.scale`]: uniform([size], seed, 0.1, 1),
  [`${name}.bias`]: uniform([size], seed + 1, 0.1),
})

/** x + attention(norm(x)), then x + mlp(norm(x)); four heads, causal; the loss is the squared error to y. */
function transformer(size: number, length: number, batch: number): Workload {
  const tokens = batch * length
  return training({
    name: `transformer block d ${size}, 4 heads, L ${length}, batch ${batch} step`,
    kind: 'transformer',
    data: { x: uniform([batch, length, size], 140), y: uniform([batch, length, size], 141) },
    params: {
      ...norm('norm0', size, 142),
      ...denseParams('qkv', size, 3 * size, 144),
      ...denseParams('out', size, size, 146),
      ...norm('norm1', size, 148),
      ...denseParams('up', size, 4 * size, 150),
      ...denseParams('down', 4 * size, size, 152),
    },
    // Projections and the MLP, and two products with each pair of positions, of which a half is used.
    products: tokens * 12 * size ** 2 + tokens * length * size,
  })
}

export function networkWorkloads(size: Size): readonly Workload[] {
  const full = size === 'full'
  return [
    cnn({ name: 'A 28×28×1', side: 28, channels: 1, convs: [32], hidden: 128, batch: full ? 128 : 32 }),
    cnn({ name: 'B 32×32×3', side: 32, channels: 3, convs: [32, 64], hidden: 50, batch: full ? 32 : 8 }),
    lstm({ hidden: 50, length: 10, batch: 10, inputs: 1 }),
    lstm({ hidden: 128, length: full ? 64 : 16, batch: full ? 64 : 16, inputs: 32 }),
    transformer(256, 128, full ? 8 : 1),
  ]
}
