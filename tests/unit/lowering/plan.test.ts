/**
 * Memory planning: a store lands on an operand only where nothing reads that operand afterwards.
 */

import { describe, expect, it } from 'vitest'
import { jit, numpy as np } from '../../../src/index.js'
import type { NDArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import { topological } from '../../../src/lowering/expr.js'
import { printKernels } from '../../../src/lowering/print.js'
import { f32, lowered, record } from '../../support/lowered.js'

describe('stores over dying operands', () => {
  it('a row result does not overwrite what the elements of the row still read', () => {
    const sumOfSquares = (x: NDArray): NDArray => ops.reduceSum(ops.mul(x, x), [0])
    const jaxpr = record([f32(4), f32(3)], (x, y) => {
      const [a, b] = [x, y]
      const inverse = ops.rsqrt(ops.add(sumOfSquares(a), sumOfSquares(b)))
      return [a, b].map((z) => ops.mul(ops.broadcastScalar(inverse, z.shape), z))
    })
    const program = lowered(jaxpr)
    const place = (buffer: number): string => JSON.stringify(program.plan.places[buffer])
    const both = program.kernels.flatMap((kernel) =>
      kernel.kind === 'reduce' && kernel.elementStores.length > 0 && kernel.rowStores.length > 0
        ? [kernel]
        : [],
    )
    expect(both.length, printKernels(program)).toBeGreaterThan(0)
    for (const { rowStores, elementStores } of both) {
      const loads = topological(elementStores.map((store) => store.value)).filter(
        (expr) => expr.kind === 'load',
      )
      const read = loads.map((load) => place(load.buffer))
      for (const { buffer } of rowStores) expect(read).not.toContain(place(buffer))
    }
  })
})

describe('arguments that are given away', () => {
  it('hold the result that lies there, also when a later kernel was the last to read it', () => {
    const f = jit(
      (m: NDArray, p: NDArray, x: NDArray) => {
        const next = m.add(x.sum(0))
        return [next, next.mul(next.sum()).add(p)] as const
      },
      { donateArgnums: [0, 1] },
    )
    const [a, b] = f(np.array([1, 1]), np.array([5, 5]), np.ones([3, 2]))
    expect(a.js()).toEqual([4, 4])
    expect(b.js()).toEqual([37, 37])
  })
})
