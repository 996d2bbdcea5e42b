/**
 * Products whose depth was cut into parts: kept tiles → a reduction that sums the parts of each element and runs the
 * epilogue.
 */

import { ExprBuilder, rewrite, type Expr, type Position } from '../expr.js'
import type { ContractionKernel, ReduceKernel } from '../kernel.js'
import { axesOf, quotient, ravel, remainder, substitute } from '../position.js'
import { tileColumns, tileRows } from './blocking.js'

/** Tiles lie in `buffer` as [part, batch, row of tiles, tile, row, column]. */
export function sumOfParts(kernel: ContractionKernel, buffer: number, parts: number): ReduceKernel {
  const { batch, m, n, lane, stores } = kernel
  const shape = [batch, m, parts, n]
  const [b, row, part, column] = axesOf<Expr>(shape) as [Position, Position, Position, Position]
  const place = ravel(
    [
      part,
      b,
      quotient(row, tileRows),
      quotient(column, tileColumns),
      remainder(row, tileRows),
      remainder(column, tileColumns),
    ],
    [parts, batch, Math.ceil(m / tileRows), Math.ceil(n / tileColumns), tileRows, tileColumns],
  )
  const builder = new ExprBuilder()
  const axes = [b, row, column]
  const visit = rewrite(builder, axes, () => null)
  return {
    kind: 'reduce',
    shape,
    reduced: [2],
    stages: [[{ index: 0, combiner: 'sum', value: builder.load(buffer, lane, place), lane }]],
    rowStores: stores.map((s) => ({
      buffer: s.buffer,
      position: substitute(s.position, axes, visit),
      value: visit(s.value),
    })),
    elementStores: [],
  }
}
