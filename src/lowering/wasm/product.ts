/**
 * A matrix product under emission: its blocks, how its operands are read, the functions of its tiles, and the memory
 * where accumulators wait.
 */

import type { ContractionKernel } from '../kernel.js'
import type { FunctionReference } from './assembler/instruction.js'
import type { Blocking } from './blocking.js'
import type { ModuleContext } from './context.js'
import type { Blockwise, InPlace, Packed } from './operands.js'

/** What accumulates tiles, and what stores complete ones: null where parts of the depth are summed first. */
export interface TileFunctions {
  readonly accumulate: FunctionReference
  readonly store: FunctionReference | null
}

/** Functions for a row of whole tiles, and for the tile at the right edge that is not whole; null where there is none. */
export interface RowOfTiles {
  readonly full: TileFunctions | null
  readonly edge: TileFunctions | null
}

/** What the emission of one product works with. */
export interface Product {
  readonly module: ModuleContext
  readonly kernel: ContractionKernel
  readonly blocking: Blocking
  readonly left: InPlace | Blockwise
  readonly right: InPlace | Packed | Blockwise
  /** Rows of whole tiles, and the tiles of the rows that are left. */
  readonly tall: RowOfTiles
  readonly low: RowOfTiles
  readonly kept: Kept
}

/** Where the accumulators of tiles are kept. */
export interface Kept {
  readonly buffer: number
  /** Bytes of each thread; 0 where all of them share the buffer. */
  readonly bytes: number
  /**
   * For how long: until the row of tiles is stored, until the next block of the depth goes on with all tiles of the block,
   * or until the parts of the depth are summed.
   */
  readonly span: 'row' | 'block' | 'product'
}
