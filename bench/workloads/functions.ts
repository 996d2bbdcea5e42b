/**
 * Workloads that are one function of arrays: products, convolutions, elementwise chains, reductions, small calls.
 */

import { uniform, workload, type Kind, type Size, type Specs, type Workload } from './workload.js'

const matmul = (n: number): Workload =>
  workload({
    name: `matmul ${n}`,
    kind: 'matmul',
    data: { a: uniform([n, n], 1), b: uniform([n, n], 2) },
    tolerance: 1e-4,
    flops: 2 * n ** 3,
    bytes: 12 * n ** 2,
  })

const conv = (kind: Kind, what: string, batch: number): Workload => {
  const [side, channels] = [56, 64]
  const image = [batch, side, side, channels]
  const kernel = [3, 3, channels, channels]
  const arrays = {
    x: uniform(image, 3),
    kernel: uniform(kernel, 4, 0.1),
    ct: uniform(image, 5),
  }
  const used: Readonly<Record<string, Specs>> = {
    conv: { x: arrays.x, kernel: arrays.kernel },
    convInputGradient: { kernel: arrays.kernel, ct: arrays.ct },
    convKernelGradient: { x: arrays.x, ct: arrays.ct },
  }
  return workload({
    name: `conv 3×3 ${batch}×56×56×64→64 ${what}`,
    kind,
    data: used[kind] ?? arrays,
    tolerance: 1e-4,
    flops: 2 * batch * side ** 2 * 9 * channels ** 2,
    bytes: 4 * (2 * batch * side ** 2 * channels + 9 * channels ** 2),
  })
}

const power = (n: number): string => (n === 1e7 ? '10⁷' : n === 1e6 ? '10⁶' : String(n))

/** `flops` and `bytes` for an element; an exponential counts 12 operations, a hyperbolic tangent 16. */
const elementwise = (
  kind: Kind,
  name: string,
  n: number,
  scale: number,
  flops: number,
  bytes: number,
  tolerance: number,
): Workload =>
  workload({
    name: `${name} ${power(n)}`,
    kind,
    data: { x: uniform([n], 6, scale) },
    tolerance,
    flops: flops * n,
    bytes: bytes * n,
  })

function rows(count: number, columns: number): readonly Workload[] {
  const size = count * columns
  return [
    workload({
      name: `softmax ${count}×${columns}`,
      kind: 'softmax',
      data: { x: uniform([count, columns], 7, 4) },
      tolerance: 1e-4,
      flops: 16 * size,
      bytes: 8 * size,
    }),
    workload({
      name: `layer norm ${count}×${columns} forward + backward`,
      kind: 'layerNorm',
      data: {
        x: uniform([count, columns], 8, 2),
        scale: uniform([columns], 9, 0.5, 1),
        bias: uniform([columns], 10, 0.5),
        w: uniform([count, columns], 11),
      },
      tolerance: 1e-3,
      flops: 20 * size,
      bytes: 12 * size,
    }),
  ]
}

const calls: Workload = workload({
  name: 'jitted call x+y of [4], dependent',
  kind: 'calls',
  data: { x: uniform([4], 12), y: uniform([4], 13) },
  callsPerStep: 1000,
  tolerance: 1e-3,
  flops: 4,
  bytes: 0,
})

export function functionWorkloads(size: Size): readonly Workload[] {
  const full = size === 'full'
  const n = full ? 1e7 : 1e6
  const batch = full ? 8 : 1
  return [
    ...[256, 257, ...(full ? [512, 1023, 1024, 2048] : [511, 512])].map(matmul),
    conv('conv', 'forward', batch),
    conv('convInputGradient', 'gradient of the input', batch),
    conv('convKernelGradient', 'gradient of the kernel', batch),
    elementwise('chain', 'tanh(2x+1)·e⁻ˣ', n, 2, 32, 8, 1e-5),
    elementwise('sum', 'sum', n, 1, 1, 4, 1e-3),
    elementwise('max', 'max', n, 1, 1, 4, 0),
    elementwise('argmax', 'argmax', n, 1, 1, 4, 0),
    ...rows(full ? 4096 : 1024, 1024),
    calls,
  ]
}
