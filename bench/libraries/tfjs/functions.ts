/**
 * The plain functions in TensorFlow.js.
 */

import type * as Tfjs from '@tensorflow/tfjs'
import type { Kind } from '../../workloads/workload.js'
import type { Tf } from './load.js'

type Tensor = Tfjs.Tensor
export type Tensors = Readonly<Record<string, Tensor>>

/** A tensor that the workload is known to have. */
export const get = (tensors: Tensors, name: string): Tensor => {
  const found = tensors[name]
  if (found === undefined) throw new Error(`no array ${name}`)
  return found
}

export function layerNorm(tf: Tf, x: Tensor, scale: Tensor, bias: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true)
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), bias)
}

function layerNormGradients(tf: Tf, p: Tensors): Tensor[] {
  const f = (x: Tensor, scale: Tensor, bias: Tensor): Tensor =>
    tf.sum(tf.mul(layerNorm(tf, x, scale, bias), get(p, 'w')))
  const { value, grads } = tf.valueAndGrads(f as (...args: Tensor[]) => Tensor)([
    get(p, 'x'),
    get(p, 'scale'),
    get(p, 'bias'),
  ])
  return [value, ...grads]
}

/** The kernel by which `tf.grads` makes this gradient, without the forward pass that `tf.grads` would run. */
function kernelGradient(tf: Tf, x: Tensor, ct: Tensor): Tensor {
  const filterShape = [3, 3, x.shape[3] ?? 1, ct.shape[3] ?? 1]
  return tf
    .engine()
    .runKernel(
      'Conv2DBackpropFilter',
      { x, dy: ct },
      { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape },
    ) as Tensor
}

export const functionsOf = (tf: Tf): Partial<Record<Kind, (tensors: Tensors) => Tensor[]>> => ({
  matmul: (p) => [tf.matMul(get(p, 'a'), get(p, 'b'))],
  conv: (p) => [tf.conv2d(get(p, 'x') as Tfjs.Tensor4D, get(p, 'kernel') as Tfjs.Tensor4D, 1, 'same')],
  convInputGradient: (p) => {
    const [ct, kernel] = [get(p, 'ct') as Tfjs.Tensor4D, get(p, 'kernel') as Tfjs.Tensor4D]
    return [tf.conv2dTranspose(ct, kernel, ct.shape, 1, 'same')]
  },
  convKernelGradient: (p) => [kernelGradient(tf, get(p, 'x'), get(p, 'ct'))],
  chain: (p) => [tf.mul(tf.tanh(tf.add(tf.mul(get(p, 'x'), 2), 1)), tf.exp(tf.neg(get(p, 'x'))))],
  sum: (p) => [tf.sum(get(p, 'x'))],
  max: (p) => [tf.max(get(p, 'x'))],
  argmax: (p) => [tf.argMax(get(p, 'x'))],
  softmax: (p) => [tf.softmax(get(p, 'x'))],
  layerNorm: (p) => layerNormGradients(tf, p),
})
