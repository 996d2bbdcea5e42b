/**
 * The plain functions in cotangent.
 */

import { lax, linearTranspose, nn, numpy as np, valueAndGrad, type NDArray } from '../../../src/index.js'
import type { Kind } from '../../workloads/workload.js'

export type Arrays = Readonly<Record<string, NDArray>>

/** An array that the workload is known to have. */
export const get = (arrays: Arrays, name: string): NDArray => {
  const found = arrays[name]
  if (found === undefined) throw new Error(`no array ${name}`)
  return found
}

export const conv = (x: NDArray, kernel: NDArray, padding: 'SAME' | 'VALID'): NDArray =>
  lax.convGeneralDilated(x, kernel, [1, 1], padding, { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] })

export const layerNorm = (x: NDArray, scale: NDArray, bias: NDArray): NDArray =>
  nn.standardize(x).mul(scale).add(bias)

function layerNormGradients(arrays: Arrays): NDArray[] {
  const w = get(arrays, 'w')
  const f = (x: NDArray, scale: NDArray, bias: NDArray): NDArray => layerNorm(x, scale, bias).mul(w).sum()
  const [value, grads] = valueAndGrad(f, { argnums: [0, 1, 2] })(
    get(arrays, 'x'),
    get(arrays, 'scale'),
    get(arrays, 'bias'),
  )
  return [value, ...grads]
}

export const functions: Partial<Record<Kind, (arrays: Arrays) => NDArray | readonly NDArray[]>> = {
  matmul: (p) => np.matmul(get(p, 'a'), get(p, 'b')),
  conv: (p) => conv(get(p, 'x'), get(p, 'kernel'), 'SAME'),
  // A convolution is linear in each operand: its gradients are its transposes.
  convInputGradient: (p) => {
    const [kernel, ct] = [get(p, 'kernel'), get(p, 'ct')]
    return linearTranspose((x: NDArray) => conv(x, kernel, 'SAME'), [np.zeros(ct.shape)])(ct)[0]
  },
  convKernelGradient: (p) => {
    const [x, ct] = [get(p, 'x'), get(p, 'ct')]
    const shape = [3, 3, x.shape[3] ?? 1, ct.shape[3] ?? 1]
    return linearTranspose((kernel: NDArray) => conv(x, kernel, 'SAME'), [np.zeros(shape)])(ct)[0]
  },
  chain: (p) => np.tanh(get(p, 'x').mul(2).add(1)).mul(np.exp(get(p, 'x').neg())),
  sum: (p) => get(p, 'x').sum(),
  max: (p) => get(p, 'x').max(),
  argmax: (p) => get(p, 'x').argmax(),
  softmax: (p) => nn.softmax(get(p, 'x')),
  layerNorm: layerNormGradients,
}
