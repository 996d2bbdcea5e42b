/**
 * The losses of the networks in cotangent: parameters and data → one number.
 */

import { lax, nn, numpy as np, type NDArray } from '../../../src/index.js'
import type { Kind } from '../../workloads/workload.js'
import { conv, get, layerNorm, type Arrays } from './functions.js'

export const dense = (p: Arrays, name: string, x: NDArray): NDArray =>
  np.matmul(x, get(p, `${name}.kernel`)).add(get(p, `${name}.bias`))

/** Dense layers `prefix0`, `prefix1`, … with an activation between them. */
export function perceptron(
  p: Arrays,
  prefix: string,
  x: NDArray,
  activation: (x: NDArray) => NDArray,
): NDArray {
  let y = dense(p, `${prefix}0`, x)
  for (let i = 1; `${prefix}${i}.kernel` in p; i++) y = dense(p, `${prefix}${i}`, activation(y))
  return y
}

const maxPool = (x: NDArray): NDArray => lax.reduceWindow(x, (window) => np.max(window), [2, 2, 1], [2, 2, 1])

function cnn(p: Arrays, data: Arrays): NDArray {
  let x = get(data, 'x')
  for (let i = 0; `conv${i}.kernel` in p; i++)
    x = maxPool(nn.relu(conv(x, get(p, `conv${i}.kernel`), 'VALID').add(get(p, `conv${i}.bias`))))
  const logits = perceptron(p, 'dense', x.reshape([x.shape[0] ?? 1, -1]), nn.relu)
  return nn.losses.softmaxCrossEntropy(logits, get(data, 'y'))
}

function lstm(p: Arrays, data: Arrays): NDArray {
  const x = get(data, 'x')
  const weights = get(p, 'lstm.hidden')
  const size = weights.shape[0] ?? 1
  // What the inputs give is one product for all steps.
  const given = np.matmul(x, get(p, 'lstm.input')).add(get(p, 'lstm.bias'))
  const zero = np.zeros([x.shape[1] ?? 1, size])
  const [[h]] = lax.scan(
    ([h, c]: readonly [NDArray, NDArray], input: NDArray) => {
      const gates = input.add(np.matmul(h, weights))
      const [i, f, g, o] = np.split(gates, 4, 1) as [NDArray, NDArray, NDArray, NDArray]
      const cell = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)))
      return [[nn.sigmoid(o).mul(np.tanh(cell)), cell] as const, null] as const
    },
    [zero, zero] as const,
    given,
  )
  return nn.losses.mse(dense(p, 'dense0', h), get(data, 'y'))
}

function transformer(p: Arrays, data: Arrays): NDArray {
  const x = get(data, 'x')
  const [batch, length, size] = x.shape as [number, number, number]
  const heads = [batch, length, 4, size / 4]
  const norm = (name: string, y: NDArray): NDArray =>
    layerNorm(y, get(p, `${name}.scale`), get(p, `${name}.bias`))
  const qkv = dense(p, 'qkv', norm('norm0', x))
  const [q, k, v] = np.split(qkv, 3, 2).map((y) => y.reshape(heads)) as [NDArray, NDArray, NDArray]
  const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape(x.shape)
  const attended = x.add(dense(p, 'out', mixed))
  const result = attended.add(dense(p, 'down', nn.gelu(dense(p, 'up', norm('norm1', attended)))))
  return nn.losses.mse(result, get(data, 'y'))
}

export const losses: Partial<Record<Kind, (params: Arrays, data: Arrays) => NDArray>> = {
  mlp: (p, data) =>
    nn.losses.softmaxCrossEntropy(perceptron(p, 'dense', get(data, 'x'), nn.relu), get(data, 'y')),
  autoencoder: (p, data) =>
    nn.losses.binaryCrossEntropyFromLogits(perceptron(p, 'dense', get(data, 'x'), nn.relu), get(data, 'x')),
  cnn,
  lstm,
  transformer,
}
