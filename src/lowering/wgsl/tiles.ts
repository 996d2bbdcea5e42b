/**
 * How a matrix product is cut: the tile of a workgroup, the block of a thread, and parts of the summed axis.
 * Sizes of a contraction → a schedule, or null where a plain reduction serves better.
 */

import type { ContractionKernel } from '../kernel.js'

export interface TileSchedule {
  /** Rows and columns of the product that a workgroup computes. */
  readonly tileRows: number
  readonly tileColumns: number
  /** Rows and columns of a thread: multiples of 4. */
  readonly threadRows: number
  readonly threadColumns: number
  /** Length of the summed axis that lies in workgroup memory at a time. */
  readonly depth: number
  /** Parts of the summed axis, each computed by workgroups of its own. */
  readonly parts: number
}

const skinny = 4

export function scheduleTiles({ batch, m, n, k }: ContractionKernel): TileSchedule | null {
  if (m <= skinny || n <= skinny) return null
  const tile = tileFor(m, n, batch)
  const tiles = batch * Math.ceil(m / tile.tileRows) * Math.ceil(n / tile.tileColumns)
  return { ...tile, parts: partsFor(tiles, k, tile.depth) }
}

function tileFor(m: number, n: number, batch: number): Omit<TileSchedule, 'parts'> {
  if (m <= 16) return { tileRows: 16, tileColumns: 64, threadRows: 4, threadColumns: 4, depth: 16 }
  if (n <= 16) return { tileRows: 64, tileColumns: 16, threadRows: 4, threadColumns: 4, depth: 16 }
  const largeTiles = batch * Math.ceil(m / 64) * Math.ceil(n / 64)
  if (largeTiles < 16 || m <= 32 || n <= 32)
    return { tileRows: 32, tileColumns: 32, threadRows: 4, threadColumns: 4, depth: 16 }
  return { tileRows: 64, tileColumns: 64, threadRows: 8, threadColumns: 8, depth: 16 }
}

/** A long sum with few tiles is cut, so that enough workgroups are at work. */
function partsFor(tiles: number, k: number, depth: number): number {
  const most = Math.floor(k / (depth * 8))
  return tiles >= 32 || most < 2 ? 1 : Math.min(most, Math.ceil(64 / tiles), 32)
}

export const threadsOf = (s: TileSchedule): number =>
  (s.tileRows / s.threadRows) * (s.tileColumns / s.threadColumns)
