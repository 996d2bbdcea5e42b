/**
 * The plain functions in jax-js. Arrays of the arguments are used up.
 */

import * as jax from '@jax-js/jax'
import type { Kind } from '../../workloads/workload.js'

const { numpy: np, lax, nn } = jax

export type Arr = jax.Array
export type Arrays = Record<string, Arr>

export const mapValues = <T, U>(record: Readonly<Record<string, T>>, f: (x: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, f(x)]))

/** An array that the workload is known to have. */
export const get = (arrays: Arrays, name: string): Arr => {
  const found = arrays[name]
  if (found === undefined) throw new Error(`no array ${name}`)
  return found
}

/** Images as [batch, channels, height, width], kernels as [out, in, height, width]. */
export const conv = (x: Arr, kernel: Arr, padding: 'SAME' | 'VALID'): Arr =>
  lax.conv(x, kernel, [1, 1], padding)

export const layerNorm = (x: Arr, scale: Arr, bias: Arr): Arr => nn.standardize(x).mul(scale).add(bias)

function layerNormGradients(p: Arrays): Arr[] {
  const f = (x: Arr, scale: Arr, bias: Arr, w: Arr): Arr => layerNorm(x, scale, bias).mul(w).sum()
  const [value, grads] = jax.valueAndGrad(f, { argnums: [0, 1, 2] })(
    get(p, 'x'),
    get(p, 'scale'),
    get(p, 'bias'),
    get(p, 'w'),
  ) as unknown as [Arr, Arr[]]
  return [value, ...grads]
}

/** The transpose of a linear function, applied to `ct`. */
function transposed(f: (x: Arr) => Arr, shape: readonly number[], ct: Arr): Arr {
  const [y, vjp] = jax.vjp(f, [np.zeros([...shape])]) as unknown as [
    Arr,
    ((ct: Arr) => [Arr]) & { dispose(): void },
  ]
  y.dispose()
  const [gradient] = vjp(ct)
  vjp.dispose()
  return gradient
}

export const functions: Partial<Record<Kind, (arrays: Arrays) => Arr[]>> = {
  matmul: (p) => [np.matmul(get(p, 'a'), get(p, 'b'))],
  conv: (p) => [conv(get(p, 'x'), get(p, 'kernel'), 'SAME')],
  convInputGradient: (p) => {
    const [kernel, ct] = [get(p, 'kernel'), get(p, 'ct')]
    return [transposed((x) => conv(x, kernel, 'SAME'), ct.shape, ct)]
  },
  convKernelGradient: (p) => {
    const [x, ct] = [get(p, 'x'), get(p, 'ct')]
    return [transposed((k) => conv(x, k, 'SAME'), [ct.shape[1] ?? 1, x.shape[1] ?? 1, 3, 3], ct)]
  },
  chain: (p) => {
    const x = get(p, 'x')
    return [np.tanh(x.ref.mul(2).add(1)).mul(np.exp(x.neg()))]
  },
  sum: (p) => [get(p, 'x').sum()],
  max: (p) => [np.max(get(p, 'x'))],
  argmax: (p) => [np.argmax(get(p, 'x'))],
  softmax: (p) => [nn.softmax(get(p, 'x'))],
  layerNorm: layerNormGradients,
}
