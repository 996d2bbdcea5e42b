/**
 * The two networks that play against each other, in TensorFlow.js: the losses of both.
 */

import type * as Tfjs from '@tensorflow/tfjs'
import { get, type Tensors } from './functions.js'
import type { Tf } from './load.js'
import { perceptron } from './networks.js'

type Tensor = Tfjs.Tensor

export interface GanLosses {
  readonly discriminator: () => Tfjs.Scalar
  readonly generator: () => Tfjs.Scalar
}

export function ganLosses(tf: Tf, p: Tensors, data: Tensors): GanLosses {
  const leaky = (x: Tensor): Tensor => tf.leakyRelu(x, 0.2)
  const generate = (): Tensor => tf.tanh(perceptron(tf, p, 'g', get(data, 'z'), leaky))
  const judge = (x: Tensor): Tensor => perceptron(tf, p, 'd', x, leaky)
  /** How far judgements are from `label`: the mean of log(1 + eˣ) - label · x. */
  const distance = (logits: Tensor, label: number): Tfjs.Scalar =>
    tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, label)))
  return {
    discriminator: () => tf.add(distance(judge(get(data, 'real')), 1), distance(judge(generate()), 0)),
    generator: () => distance(judge(generate()), 1),
  }
}
