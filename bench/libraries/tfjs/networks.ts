/**
 * The losses of the networks in TensorFlow.js: parameters and data → one number.
 */

import type * as Tfjs from '@tensorflow/tfjs'
import type { Kind } from '../../workloads/workload.js'
import { get, layerNorm, type Tensors } from './functions.js'
import type { Tf } from './load.js'

type Tensor = Tfjs.Tensor

export const dense = (tf: Tf, p: Tensors, name: string, x: Tensor): Tensor =>
  tf.add(tf.matMul(x, get(p, `${name}.kernel`)), get(p, `${name}.bias`))

/** Dense layers `prefix0`, `prefix1`, … with an activation between them. */
export function perceptron(
  tf: Tf,
  p: Tensors,
  prefix: string,
  x: Tensor,
  activation: (x: Tensor) => Tensor,
): Tensor {
  let y = dense(tf, p, `${prefix}0`, x)
  for (let i = 1; `${prefix}${i}.kernel` in p; i++) y = dense(tf, p, `${prefix}${i}`, activation(y))
  return y
}

const relu =
  (tf: Tf) =>
  (x: Tensor): Tensor =>
    tf.relu(x)

const crossEntropy = (tf: Tf, logits: Tensor, labels: Tensor): Tfjs.Scalar =>
  tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), labels)), -1 / (logits.shape[0] ?? 1))

const squaredError = (tf: Tf, x: Tensor, y: Tensor): Tfjs.Scalar => tf.mean(tf.square(tf.sub(x, y)))

function cnn(tf: Tf, p: Tensors, data: Tensors): Tfjs.Scalar {
  let x = get(data, 'x')
  for (let i = 0; `conv${i}.kernel` in p; i++) {
    const kernel = get(p, `conv${i}.kernel`) as Tfjs.Tensor4D
    const y = tf.relu(tf.add(tf.conv2d(x as Tfjs.Tensor4D, kernel, 1, 'valid'), get(p, `conv${i}.bias`)))
    x = tf.maxPool(y as Tfjs.Tensor4D, 2, 2, 'valid')
  }
  const flat = tf.reshape(x, [x.shape[0] ?? 1, -1])
  return crossEntropy(tf, perceptron(tf, p, 'dense', flat, relu(tf)), get(data, 'y'))
}

/** Eager: the steps run one by one. */
function lstm(tf: Tf, p: Tensors, data: Tensors): Tfjs.Scalar {
  const [x, weights] = [get(data, 'x'), get(p, 'lstm.hidden')]
  const [length, batch, inputs] = x.shape as [number, number, number]
  const size = weights.shape[0] ?? 1
  const flat = tf.matMul(tf.reshape(x, [length * batch, inputs]), get(p, 'lstm.input'))
  const given = tf.split(tf.add(flat, get(p, 'lstm.bias')), length, 0)
  let [h, c]: Tensor[] = [tf.zeros([batch, size]), tf.zeros([batch, size])]
  for (const input of given) {
    const gates = tf.split(tf.add(input, tf.matMul(h as Tensor, weights)), 4, 1)
    const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor]
    c = tf.add(tf.mul(tf.sigmoid(f), c as Tensor), tf.mul(tf.sigmoid(i), tf.tanh(g)))
    h = tf.mul(tf.sigmoid(o), tf.tanh(c))
  }
  return squaredError(tf, dense(tf, p, 'dense0', h as Tensor), get(data, 'y'))
}

/** x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))) */
function gelu(tf: Tf, x: Tensor): Tensor {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
}

function attention(tf: Tf, qkv: Tensor, heads: number): Tensor {
  const [batch, length, wide] = qkv.shape as [number, number, number]
  const size = wide / 3
  const [q, k, v] = tf
    .split(qkv, 3, 2)
    .map((y) => tf.transpose(tf.reshape(y, [batch, length, heads, size / heads]), [0, 2, 1, 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ]
  const logits = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size / heads))
  const allowed = tf.linalg.bandPart(tf.ones([length, length]), -1, 0)
  const weights = tf.softmax(tf.add(logits, tf.mul(tf.sub(allowed, 1), 1e9)))
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch * length, size])
}

function transformer(tf: Tf, p: Tensors, data: Tensors): Tfjs.Scalar {
  const [batch, length, size] = get(data, 'x').shape as [number, number, number]
  const tokens = batch * length
  const x = tf.reshape(get(data, 'x'), [tokens, size])
  const norm = (name: string, y: Tensor): Tensor =>
    layerNorm(tf, y, get(p, `${name}.scale`), get(p, `${name}.bias`))
  const qkv = tf.reshape(dense(tf, p, 'qkv', norm('norm0', x)), [batch, length, 3 * size])
  const attended = tf.add(x, dense(tf, p, 'out', attention(tf, qkv, 4)))
  const up = gelu(tf, dense(tf, p, 'up', norm('norm1', attended)))
  const result = tf.add(attended, dense(tf, p, 'down', up))
  return squaredError(tf, result, tf.reshape(get(data, 'y'), [tokens, size]))
}

type Loss = (params: Tensors, data: Tensors) => Tfjs.Scalar

export const lossesOf = (tf: Tf): Partial<Record<Kind, Loss>> => ({
  mlp: (p, data) => crossEntropy(tf, perceptron(tf, p, 'dense', get(data, 'x'), relu(tf)), get(data, 'y')),
  autoencoder: (p, data) =>
    tf.losses.sigmoidCrossEntropy(
      get(data, 'x'),
      perceptron(tf, p, 'dense', get(data, 'x'), relu(tf)),
    ) as Tfjs.Scalar,
  cnn: (p, data) => cnn(tf, p, data),
  lstm: (p, data) => lstm(tf, p, data),
  transformer: (p, data) => transformer(tf, p, data),
})
