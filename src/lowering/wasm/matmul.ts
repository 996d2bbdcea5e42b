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
import { stepFunction } from './loop.js'
import { leftOperand, rightKind, rightOperand } from './operands.js'
import type { Product, Tiles } from './product.js'
import { emitReduce } from './reduce.js'
import { Scope } from './scope.js'
import { sumOfParts } from './splitDepth.js'
import { unitOfProduct } from './sweep.js'
import { emitTile } from './tile.js'

/** Columns of a block where each thread packs them itself. */
const widestPacked = 96

function emitTiles({ module, kernel, left, right, blocking }: Omit<Product, 'tiles'>, name: string): Tiles {
  const { m, n, k } = kernel
  const depthStride = right.kind === 'in place' ? right.depthStride : tileColumns
  const lastStride = right.kind === 'packed' ? right.lastWidth : depthStride
  const tile = (rows: number, columns: number, wanted: boolean): FunctionReference | null => {
    if (rows === 0 || columns === 0 || !wanted) return null
    return emitTile(
      module,
      kernel,
      {
        rows,
        columns,
        lhsStride: left.kind === 'in place' ? left.stride : 1,
        lhsDepthStride: left.kind === 'in place' ? left.depthStride : tileRows,
        rhsDepthStride: columns < tileColumns ? lastStride : depthStride,
        kept: blocking.parts > 1 ? 'always' : blocking.depth < k ? 'between blocks' : null,
      },
      `${name}Tile${rows}x${columns}`,
    )
  }
  const [tall, wide] = [m >= tileRows, n >= tileColumns]
  return {
    full: tile(tileRows, tileColumns, tall && wide),
    right: tile(tileRows, n % tileColumns, tall),
    bottom: tile(m % tileRows, tileColumns, wide),
    corner: tile(m % tileRows, n % tileColumns, true),
  }
}

/** Memory for accumulators: of all parts, which are summed later; or of the block that a thread is at. */
function keptTiles(
  module: ModuleContext,
  { batch, m, n, k }: ContractionKernel,
  blocking: Blocking,
): Product['kept'] {
  const { parts, depth, rows, columns } = blocking
  if (parts === 1 && depth >= k) return null
  const floats = tileBytes / 4
  if (parts > 1) {
    const tiles = parts * batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns)
    return { buffer: module.scratch(tiles * floats), bytes: 0, shared: true }
  }
  const tiles = (rows / tileRows + 1) * (columns / tileColumns)
  return { buffer: module.scratch(tiles * floats * module.threads), bytes: tiles * tileBytes, shared: false }
}

export function emitMatmul(module: ModuleContext, kernel: ContractionKernel, name: string): readonly Step[] {
  const { batch, m, n, k } = kernel
  const kind = rightKind(module, kernel)
  const blocking = blockingOf(kernel, module.threads, kind === 'blockwise' ? widestPacked : Infinity)
  const left = leftOperand(module, kernel, blocking, name)
  const right = rightOperand(module, kernel, kind, blocking, name)
  const kept = keptTiles(module, kernel, blocking)
  const partial = { module, kernel, blocking, left, right, kept }
  const product: Product = { ...partial, tiles: emitTiles(partial, name) }

  const { fn, begin, end, thread } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const unit = fn.local('i32', 'unit')
  const body = unitOfProduct(product, scope, get(unit), thread)
  scope.push(...countedLoop(unit, begin, end, 1, body, false))
  const { parts, rowBlocks, columnBlocks } = blocking
  const units = batch * rowBlocks * columnBlocks * parts
  const step: Step = { name, target: fn, units, grain: 1, work: (batch * m * n * k) / 20 }
  const summed =
    kept?.shared === true ? emitReduce(module, sumOfParts(kernel, kept.buffer, parts), `${name}Sum`) : []
  return [...(right.kind === 'packed' ? right.steps : []), step, ...summed]
}
