/**
 * Matrix products in float32: a step that packs the right operand (where that is worth it), and one whose units are
 * blocks of the result. A unit works through the depth in blocks that the caches hold: it packs its rows, then tile
 * after tile is accumulated in registers.
 */

import type { ContractionKernel } from '../kernel.js'
import { get, type FunctionReference } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { blockingOf, tileBytes, tileColumns, tileRows, type Blocking } from './blocking.js'
import type { ModuleContext, Step } from './context.js'
import { emitEpilogue, isUnrolled } from './epilogue.js'
import { stepFunction } from './loop.js'
import { leftOperand, rightKind, rightOperand } from './operands.js'
import type { Kept, Product, RowOfTiles, TileFunctions } from './product.js'
import { emitReduce } from './reduce.js'
import { Scope } from './scope.js'
import { sumOfParts } from './splitDepth.js'
import { mostTiles, unitOfProduct } from './sweep.js'
import { accumulateFunction } from './tile.js'

/** Columns of a block where each thread packs them itself. */
const widestPacked = 96

/** The functions for rows of tiles of so many rows; `storeOf` gives the one that stores them. */
function rowOfTiles(
  { module, kernel, left, right, kept }: Pick<Product, 'module' | 'kernel' | 'left' | 'right' | 'kept'>,
  rows: number,
  storeOf: (rows: number, columns: number) => FunctionReference | null,
): RowOfTiles {
  const { n } = kernel
  if (rows === 0) return { full: null, edge: null }
  const depthStride = right.kind === 'in place' ? right.depthStride : tileColumns
  const lastStride = right.kind === 'packed' ? right.lastWidth : depthStride
  const tiles = (columns: number, rhsDepthStride: number): TileFunctions => ({
    accumulate: accumulateFunction(module, {
      rows,
      vectors: Math.ceil(columns / 4),
      lhsStride: left.kind === 'in place' ? left.stride : 1,
      lhsDepthStride: left.kind === 'in place' ? left.depthStride : tileRows,
      rhsDepthStride,
      resumes: kept.span !== 'row',
    }),
    store: storeOf(rows, columns),
  })
  return {
    full: n < tileColumns ? null : tiles(tileColumns, depthStride),
    edge: n % tileColumns === 0 ? null : tiles(n % tileColumns, lastStride),
  }
}

/** Memory for accumulators: of all parts, which are summed later; of the block that a thread is at; or of a row of it. */
function keptTiles(
  module: ModuleContext,
  { batch, m, n, k }: ContractionKernel,
  { parts, depth, rows, columns }: Blocking,
): Kept {
  const floats = tileBytes / 4
  if (parts > 1) {
    const tiles = parts * batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns)
    return { buffer: module.scratch(tiles * floats), bytes: 0, span: 'product' }
  }
  const inRow = columns / tileColumns
  const tiles = depth < k ? (rows / tileRows + 1) * inRow : Math.min(inRow, mostTiles + 1)
  const buffer = module.scratch(tiles * floats * module.threads)
  return { buffer, bytes: tiles * tileBytes, span: depth < k ? 'block' : 'row' }
}

/** Gives the functions that store tiles of so many rows and columns, each made once. */
function epilogues(
  module: ModuleContext,
  kernel: ContractionKernel,
  name: string,
): (rows: number, columns: number) => FunctionReference {
  const isOwn = isUnrolled(module, kernel)
  return (rows, columns) => {
    const full = `${name}Store${isOwn ? rows : ''}x${columns}`
    return module.shared(full, () =>
      emitEpilogue(module, kernel, { rows: isOwn ? rows : null, columns }, full),
    )
  }
}

export function emitMatmul(module: ModuleContext, kernel: ContractionKernel, name: string): readonly Step[] {
  const { batch, m, n, k } = kernel
  const kind = rightKind(module, kernel)
  const blocking = blockingOf(kernel, module.threads, kind === 'blockwise' ? widestPacked : Infinity)
  const left = leftOperand(module, kernel, blocking, name)
  const right = rightOperand(module, kernel, kind, blocking, name)
  const kept = keptTiles(module, kernel, blocking)
  const operands = { module, kernel, left, right, kept }
  const storeOf = kept.span === 'product' ? () => null : epilogues(module, kernel, name)
  const product: Product = {
    ...operands,
    blocking,
    tall: rowOfTiles(operands, m < tileRows ? 0 : tileRows, storeOf),
    low: rowOfTiles(operands, m % tileRows, storeOf),
  }

  const { fn, begin, end, thread } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const unit = fn.local('i32', 'unit')
  const body = unitOfProduct(product, scope, get(unit), thread)
  scope.push(...countedLoop(unit, begin, end, 1, body, false))
  const { parts, rowBlocks, columnBlocks } = blocking
  const units = batch * rowBlocks * columnBlocks * parts
  const step: Step = { name, target: fn, units, grain: 1, work: (batch * m * n * k) / 20 }
  const summed =
    kept.span === 'product' ? emitReduce(module, sumOfParts(kernel, kept.buffer, parts), `${name}Sum`) : []
  return [...(right.kind === 'packed' ? right.steps : []), step, ...summed]
}
