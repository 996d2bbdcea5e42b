/**
 * Contractions. Products of float32 matrices: operands packed where their layout asks for it, then tiles of the
 * result that are accumulated in registers and stored through the kernel's epilogue. All else (other lanes,
 * vectors) is a reduction.
 */

import { ExprBuilder, rewrite, varies, type Expr, type Position } from '../expr.js'
import type { ContractionKernel, ReduceKernel, Store } from '../kernel.js'
import { axisPosition, strideAlong } from '../position.js'
import type { ModuleContext, Step } from './context.js'
import { emitMatmul } from './matmul.js'
import { isVectorisable } from './loop.js'
import { emitReduce } from './reduce.js'
import { storeExprs } from './store.js'

const [B, M, N, K] = [0, 1, 2, 3] as const

/** The stride of a load along an axis; null for what is not an affine load. */
export function strideOf(operand: Expr, axis: number): number | null {
  return operand.kind === 'load' ? strideAlong(operand.position, axis, varies) : null
}

/** The contraction as a sum over k, its axes in the order that puts adjacent elements innermost. */
function asReduction(kernel: ContractionKernel): ReduceKernel {
  const { lhs, rhs, lane } = kernel
  const adjacent = (operand: Expr, axis: number): boolean => strideOf(operand, axis) === 1
  const dot = (adjacent(lhs, K) && adjacent(rhs, K)) || (kernel.m === 1 && kernel.n === 1)
  const order = dot
    ? [B, M, N, K]
    : adjacent(rhs, N) && kernel.n >= 4
      ? [B, M, K, N]
      : adjacent(lhs, M) && kernel.m >= 4
        ? [B, N, K, M]
        : [B, M, N, K]
  const sizes = [kernel.batch, kernel.m, kernel.n, kernel.k]
  const builder = new ExprBuilder()
  const axes = sizes.map((size, axis): Position => axisPosition(order.indexOf(axis as 0), size))
  const visit = rewrite(builder, axes, () => null)
  const position = (p: Position): Position => {
    const moved = visit({ kind: 'position', id: -1, lane: 'i32', position: p })
    return moved.kind === 'position'
      ? moved.position
      : { ...p, terms: [], constant: moved.kind === 'const' ? moved.value : 0 }
  }
  const value = builder.alu('mul', visit(lhs), visit(rhs))
  return {
    kind: 'reduce',
    shape: order.map((axis) => sizes[axis] ?? 1),
    reduced: [order.indexOf(K)],
    stages: [[{ index: 0, combiner: 'sum', value, lane }]],
    rowStores: kernel.stores.map((s): Store => ({
      buffer: s.buffer,
      position: position(s.position),
      value: visit(s.value),
    })),
    elementStores: [],
  }
}

export function emitContraction(
  module: ModuleContext,
  kernel: ContractionKernel,
  name: string,
): readonly Step[] {
  const { batch, m, n, k, lane, lhs, rhs, stores } = kernel
  if (batch * m * n === 0) return []
  const tiled = lane === 'f32' && m > 1 && n > 1 && k > 0 && isVectorisable([lhs, rhs, ...storeExprs(stores)])
  return tiled ? emitMatmul(module, kernel, name) : emitReduce(module, asReduction(kernel), name)
}
