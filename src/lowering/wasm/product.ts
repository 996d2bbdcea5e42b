/**
 * A matrix product under emission: its blocks, how its operands are read, the functions of its tiles, and the memory
 * where accumulators wait.
 */

import type { ContractionKernel } from '../kernel.js'
import type { FunctionReference } from './assembler/instruction.js'
import type { Blocking } from './blocking.js'
import type { ModuleContext } from './context.js'
import type { Blockwise, InPlace, Packed } from './operands.js'

export interface Tiles {
  readonly full: FunctionReference | null
  readonly right: FunctionReference | null
  readonly bottom: FunctionReference | null
  readonly corner: FunctionReference | null
}

/** What the emission of one product works with. */
export interface Product {
  readonly module: ModuleContext
  readonly kernel: ContractionKernel
  readonly blocking: Blocking
  readonly left: InPlace | Blockwise
  readonly right: InPlace | Packed | Blockwise
  readonly tiles: Tiles
  /** Where accumulators are kept, in tiles; null where the depth is one block. */
  readonly kept: { readonly buffer: number; readonly bytes: number; readonly shared: boolean } | null
}
