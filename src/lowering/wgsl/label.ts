/**
 * Short names of kernels for error messages and profilers: `reduce 3 (max, sum) [128×10]`.
 */

import type { LeafKernel } from '../kernel.js'

const dims = (shape: readonly number[]): string => `[${shape.join('×')}]`

export function kernelName(kernel: LeafKernel, index: number): string {
  const name = `${kernel.kind} ${index}`
  switch (kernel.kind) {
    case 'loop':
    case 'scatter':
      return `${name} ${dims(kernel.shape)}`
    case 'reduce':
      return `${name} (${kernel.stages
        .flat()
        .map((r) => r.combiner)
        .join(', ')}) ${dims(kernel.shape)}`
    case 'contraction':
      return `${name} ${dims([kernel.batch, kernel.m, kernel.n, kernel.k])}`
    case 'cumulative':
    case 'sort':
      return `${name} ${dims([kernel.outer, kernel.length, kernel.inner])}`
  }
}
