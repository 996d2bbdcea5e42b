/**
 * The losses of the networks in jax-js: parameters and data, both used up → one number.
 */

import * as jax from '@jax-js/jax'
import type { Kind } from '../../workloads/workload.js'
import type { Loss } from './adam.js'
import { conv, get, layerNorm, type Arr, type Arrays } from './functions.js'

const { numpy: np, lax, nn } = jax

export const dense = (p: Arrays, name: string, x: Arr): Arr =>
  np.matmul(x, get(p, `${name}.kernel`)).add(get(p, `${name}.bias`))

/** Dense layers `prefix0`, `prefix1`, … with an activation between them. */
export function perceptron(p: Arrays, prefix: string, x: Arr, activation: (x: Arr) => Arr): Arr {
  let y = dense(p, `${prefix}0`, x)
  for (let i = 1; `${prefix}${i}.kernel` in p; i++) y = dense(p, `${prefix}${i}`, activation(y))
  return y
}

export function crossEntropy(logits: Arr, labels: Arr): Arr {
  const scale = -1 / (logits.shape[0] ?? 1)
  return nn.logSoftmax(logits).mul(labels).sum().mul(scale)
}

/** The mean of -y log σ(x) - (1 - y) log(1 - σ(x)), as log(1 + eˣ) - x y. */
export const binaryCrossEntropy = (logits: Arr, labels: Arr | number): Arr =>
  np.mean(nn.softplus(logits.ref).sub(logits.mul(labels)))

const squaredError = (x: Arr, y: Arr): Arr => {
  const error = x.sub(y)
  return np.mean(error.ref.mul(error))
}

const maxPool = (x: Arr): Arr => lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2])

/** Images have channels first until they become vectors. */
function cnn(p: Arrays, data: Arrays): Arr {
  let x = get(data, 'x')
  for (let i = 0; `conv${i}.kernel` in p; i++) {
    const bias = np.reshape(get(p, `conv${i}.bias`), [-1, 1, 1])
    x = maxPool(nn.relu(conv(x, get(p, `conv${i}.kernel`), 'VALID').add(bias)))
  }
  const flat = np.reshape(np.transpose(x, [0, 2, 3, 1]), [x.shape[0] ?? 1, -1])
  return crossEntropy(perceptron(p, 'dense', flat, nn.relu), get(data, 'y'))
}

/** jax-js has no loops: the steps are written out. */
function lstm(p: Arrays, data: Arrays): Arr {
  const weights = get(p, 'lstm.hidden')
  const [length, batch] = get(data, 'x').shape as [number, number]
  const size = weights.shape[0] ?? 1
  const given = np.matmul(get(data, 'x'), get(p, 'lstm.input')).add(get(p, 'lstm.bias'))
  const inputs = np.split(given, length, 0)
  let [h, c] = [np.zeros([batch, size]), np.zeros([batch, size])]
  inputs.forEach((input, step) => {
    const used = step === length - 1 ? weights : weights.ref
    const gates = np.reshape(input, [batch, 4 * size]).add(np.matmul(h, used))
    const [i, f, g, o] = np.split(gates, 4, 1) as [Arr, Arr, Arr, Arr]
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)))
    h = nn.sigmoid(o).mul(np.tanh(step === length - 1 ? c : c.ref))
  })
  return squaredError(dense(p, 'dense0', h), get(data, 'y'))
}

function transformer(p: Arrays, data: Arrays): Arr {
  const x = get(data, 'x')
  const [batch, length, size] = x.shape as [number, number, number]
  const norm = (name: string, y: Arr): Arr => layerNorm(y, get(p, `${name}.scale`), get(p, `${name}.bias`))
  const qkv = dense(p, 'qkv', norm('norm0', x.ref))
  const [q, k, v] = np.split(qkv, 3, 2).map((y) => np.reshape(y, [batch, length, 4, size / 4])) as [
    Arr,
    Arr,
    Arr,
  ]
  const mixed = np.reshape(nn.dotProductAttention(q, k, v, { isCausal: true }), [batch, length, size])
  const attended = x.add(dense(p, 'out', mixed))
  const normed = norm('norm1', attended.ref)
  const result = attended.add(dense(p, 'down', nn.gelu(dense(p, 'up', normed))))
  return squaredError(result, get(data, 'y'))
}

export const losses: Partial<Record<Kind, Loss>> = {
  mlp: (p, data) => crossEntropy(perceptron(p, 'dense', get(data, 'x'), nn.relu), get(data, 'y')),
  autoencoder: (p, data) =>
    binaryCrossEntropy(perceptron(p, 'dense', get(data, 'x').ref, nn.relu), get(data, 'x')),
  cnn,
  lstm,
  transformer,
}
