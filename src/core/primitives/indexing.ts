/**
 * Indexing with positions that are data: dynamic slices, gather, scatter; and sorting.
 * Gather and scatter dimension numbers are XLA's; the index vector is the last axis of the indices.
 */

import { avalOf, type Aval } from '../aval.js'
import { isInteger } from '../dtype.js'
import { fail } from '../errors.js'
import { sameShape } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

/** What an out-of-range index means: clamp it, or read a fill value / drop the update. */
export type IndexMode = 'clip' | 'fill'

export interface GatherParams {
  /** Result axes that hold the slice; the others are the batch axes of the indices, in order. */
  readonly offsetDims: readonly number[]
  /** Operand axes of slice size 1 that the result drops. */
  readonly collapsedSliceDims: readonly number[]
  /** Operand axes that are matched with axes of the indices, one index vector each. */
  readonly operandBatchingDims: readonly number[]
  readonly indicesBatchingDims: readonly number[]
  /** Operand axis that entry i of an index vector addresses. */
  readonly startIndexMap: readonly number[]
  readonly sliceSizes: readonly number[]
  readonly mode: IndexMode
  /** The value of out-of-range elements in mode 'fill'. */
  readonly fillValue: number
}

export interface ScatterParams {
  readonly updateWindowDims: readonly number[]
  readonly insertedWindowDims: readonly number[]
  readonly operandBatchingDims: readonly number[]
  readonly indicesBatchingDims: readonly number[]
  readonly scatterDimsToOperandDims: readonly number[]
  readonly mode: IndexMode
}

export type ScatterCombine = 'set' | 'mul' | 'min' | 'max'

export interface IndexingSigs {
  /** dynamicSlice(x, ...starts): starts are rank-0 integers, clamped so that the slice fits. */
  dynamicSlice: Sig<'any', 1, { readonly sliceSizes: readonly number[] }>
  /** dynamicUpdateSlice(x, update, ...starts) */
  dynamicUpdateSlice: Sig<'any', 1>
  /** gather(x, indices) */
  gather: Sig<2, 1, GatherParams>
  /** scatterAdd(x, indices, updates) */
  scatterAdd: Sig<3, 1, ScatterParams>
  /** scatter(x, indices, updates), updates applied in row-major order. */
  scatter: Sig<3, 1, ScatterParams & { readonly combine: ScatterCombine }>
  /** Sorts all operands along `dimension` by the first `keys` of them, stably; NaN last, -0 equals 0. */
  sort: Sig<'any', 'any', { readonly dimension: number; readonly keys: number }>
}

function checkStarts(operation: string, x: Aval, starts: readonly Aval[]): void {
  if (starts.length !== x.shape.length) {
    fail('argument', {
      operation,
      argument: 'startIndices',
      received: `${starts.length} of them`,
      expected: `one rank-0 integer for each of the ${x.shape.length} axes`,
    })
  }
  for (const start of starts) {
    if (start.shape.length !== 0 || !isInteger(start.dtype)) {
      fail('dtype', { operation, dtypes: [start.dtype], expected: 'rank-0 integer start indices' })
    }
  }
}

function checkSliceFits(operation: string, x: Aval, sizes: readonly number[]): void {
  if (sizes.length !== x.shape.length || sizes.some((n, i) => n < 0 || n > (x.shape[i] ?? 0))) {
    fail('shape', {
      operation,
      shapes: [x.shape, sizes],
      expected: 'a slice no larger than the operand on any axis',
    })
  }
}

function gatherShape(x: Aval, indices: Aval, p: GatherParams): number[] {
  checkSliceFits('gather', x, p.sliceSizes)
  const batch = indices.shape.slice(0, -1)
  const window = p.sliceSizes.filter(
    (_, i) => !p.collapsedSliceDims.includes(i) && !p.operandBatchingDims.includes(i),
  )
  if (window.length !== p.offsetDims.length || indices.shape.at(-1) !== p.startIndexMap.length) {
    fail('shape', {
      operation: 'gather',
      shapes: [x.shape, indices.shape],
      expected: `${window.length} offset axes and index vectors of length ${p.startIndexMap.length}`,
    })
  }
  const rank = batch.length + window.length
  const shape: number[] = []
  let b = 0
  let w = 0
  for (let i = 0; i < rank; i++) shape.push((p.offsetDims.includes(i) ? window[w++] : batch[b++]) ?? 0)
  return shape
}

function checkScatter(
  operation: string,
  [x, indices, updates]: readonly [Aval, Aval, Aval],
  p: ScatterParams,
): readonly [Aval] {
  const batch = updates.shape.filter((_, i) => !p.updateWindowDims.includes(i))
  const windowed = x.shape.length - p.insertedWindowDims.length - p.operandBatchingDims.length
  if (
    !sameShape(batch, indices.shape.slice(0, -1)) ||
    windowed !== p.updateWindowDims.length ||
    indices.shape.at(-1) !== p.scatterDimsToOperandDims.length
  ) {
    fail('shape', {
      operation,
      shapes: [x.shape, indices.shape, updates.shape],
      expected: 'updates whose scatter axes match the indices and whose window axes match the operand',
    })
  }
  if (!isInteger(indices.dtype))
    fail('dtype', { operation, dtypes: [indices.dtype], expected: 'integer indices' })
  if (updates.dtype !== x.dtype)
    fail('dtype', { operation, dtypes: [x.dtype, updates.dtype], expected: 'updates of the operand dtype' })
  return [x]
}

export const indexingAbstract: AbstractTable<IndexingSigs> = {
  dynamicSlice: ([x, ...starts], { sliceSizes }) => {
    const operand = x as Aval
    checkStarts('dynamicSlice', operand, starts)
    checkSliceFits('dynamicSlice', operand, sliceSizes)
    return [avalOf(sliceSizes, operand.dtype)]
  },
  dynamicUpdateSlice: ([x, update, ...starts]) => {
    const [operand, patch] = [x as Aval, update as Aval]
    checkStarts('dynamicUpdateSlice', operand, starts)
    checkSliceFits('dynamicUpdateSlice', operand, patch.shape)
    if (operand.dtype !== patch.dtype)
      fail('dtype', {
        operation: 'dynamicUpdateSlice',
        dtypes: [operand.dtype, patch.dtype],
        expected: 'one dtype',
      })
    return [operand]
  },
  gather: ([x, indices], params) => {
    if (!isInteger(indices.dtype))
      fail('dtype', { operation: 'gather', dtypes: [indices.dtype], expected: 'integer indices' })
    return [avalOf(gatherShape(x, indices, params), x.dtype)]
  },
  scatterAdd: (inputs, params) => checkScatter('scatterAdd', inputs, params),
  scatter: (inputs, params) => checkScatter('scatter', inputs, params),
  sort: (inputs, { dimension, keys }) => {
    const first = inputs[0]
    if (first === undefined || keys < 1 || keys > inputs.length) {
      return fail('argument', {
        operation: 'sort',
        argument: 'operands',
        received: `${inputs.length} arrays, ${keys} keys`,
        expected: 'at least one array and 1 <= keys <= arrays',
      })
    }
    if (!(dimension >= 0 && dimension < first.shape.length))
      fail('axis', { operation: 'sort', axis: dimension, shape: first.shape })
    if (inputs.some((a) => !sameShape(a.shape, first.shape)))
      fail('shape', {
        operation: 'sort',
        shapes: inputs.map((a) => a.shape),
        expected: 'operands of one shape',
      })
    return inputs
  },
}
