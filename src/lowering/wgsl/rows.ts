/**
 * How threads share rows: a workgroup holds several rows, each row several threads. Row count, row length and
 * memory strides → a schedule, and the WGSL of its indices. Used by reductions and scans.
 */

import { sizeOf, stridesOf, type Shape } from '../../core/shape.js'
import { varies, type Expr, type Position } from '../expr.js'
import { strideAlong } from '../position.js'
import type { Body, Supplier } from './body.js'

export interface RowSchedule {
  readonly rows: number
  readonly length: number
  /** Powers of two; their product is the workgroup's size. */
  readonly rowsPerGroup: number
  readonly threadsPerRow: number
  /** Whether neighbouring threads hold neighbouring rows (columns of memory), rather than neighbours in one row. */
  readonly rowsFast: boolean
  /** Parts that a row is cut into, each reduced by a workgroup of its own; 1 where workgroups are plenty. */
  readonly chunks: number
}

export const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(n, 1)))

/** Enough workgroups, and enough threads, to fill a device. */
const plentyOfGroups = 64
const plentyOfThreads = 8192
/** A thread keeps this many elements where threads are plenty, and a few at least where they are not: trees are not free. */
const elementsPerThread = 64
const fewestElements = 4
/** Neighbouring rows that a workgroup holds where memory runs across them. */
const columns = 32
/** Threads of a workgroup where there are many of them: small ones wait less at their barriers. */
const usualGroup = 64

export function scheduleRows(
  rows: number,
  length: number,
  rowsFast: boolean,
  maxGroupSize: number,
  perThread = elementsPerThread,
): RowSchedule {
  const elements = rows * length
  const short = elements < 2 * plentyOfThreads
  // What is not cut into parts, or wants short runs for each thread, has only the threads of its workgroups.
  const widest =
    elements >= 4096 &&
    (perThread < elementsPerThread || short || rows >= plentyOfGroups * (rowsFast ? columns : 1))
      ? maxGroupSize
      : Math.min(usualGroup, maxGroupSize)
  const mostThreads = Math.min(widest, powerOfTwo(length / fewestElements))
  let threadsPerRow = Math.min(mostThreads, powerOfTwo(length / perThread))
  while (threadsPerRow < mostThreads && rows * threadsPerRow < plentyOfThreads) threadsPerRow *= 2
  if (rowsFast) threadsPerRow = Math.min(threadsPerRow, widest / Math.min(columns, widest, powerOfTwo(rows)))
  const fit = rowsFast ? Math.min(columns, widest / threadsPerRow) : Math.max(1, usualGroup / threadsPerRow)
  const rowsPerGroup = Math.min(fit, powerOfTwo(rows), maxGroupSize / threadsPerRow)
  const groups = Math.ceil(rows / rowsPerGroup)
  const most = Math.floor(length / (threadsPerRow * 2 * fewestElements))
  const wanted = Math.max((2 * plentyOfGroups) / groups, length / (threadsPerRow * 2 * elementsPerThread))
  const chunks = groups >= plentyOfGroups || most < 2 || short ? 1 : Math.min(most, Math.ceil(wanted))
  return { rows, length, rowsPerGroup, threadsPerRow, rowsFast, chunks }
}

export const groupSizeOf = (s: RowSchedule): number => s.rowsPerGroup * s.threadsPerRow

/** Whether most loads are contiguous along `kept` rather than along `reduced` (axes of the kernel). */
export function prefersRows(
  positions: readonly Position[],
  kept: number | undefined,
  reduced: number | undefined,
): boolean {
  if (kept === undefined) return false
  if (reduced === undefined) return true
  let vote = 0
  for (const p of positions) {
    const [along, across] = [strideAlong<Expr>(p, kept, varies), strideAlong<Expr>(p, reduced, varies)]
    if (along === 1 && across !== 1) vote++
    if (across === 1 && along !== 1) vote--
  }
  return vote > 0
}

/** The coordinates of a flat index over `axes` of `shape`, as suppliers for a body. */
export function unravelAxes(shape: Shape, axes: readonly number[], flat: string): Map<number, Supplier> {
  const sizes = axes.map((axis) => shape[axis] ?? 1)
  const strides = stridesOf(sizes)
  const total = sizeOf(sizes)
  return new Map(
    axes.map((axis, i) => {
      const [size, stride] = [sizes[i] ?? 1, strides[i] ?? 1]
      const divided = stride === 1 ? flat : `${flat} / ${stride}`
      const text = size * stride === total ? divided : `${stride === 1 ? flat : `(${divided})`} % ${size}`
      return [axis, () => (size === 1 ? '0' : text)] as const
    }),
  )
}

export interface RowIndices {
  /** The row, within range for every thread. */
  readonly row: string
  /** The thread's number in its row. */
  readonly thread: string
  /** The part of the row that this workgroup has; '0' where rows are whole. */
  readonly chunk: string
  /** A condition that the row exists, or null where it always does. */
  readonly active: string | null
  /** Index in workgroup arrays of the row's thread 0, and the distance to the next thread. */
  readonly base: string
  readonly stride: number
}

/** Declares the indices of a schedule at the top of a shader. */
export function rowIndices(body: Body, s: RowSchedule): RowIndices {
  const { rowsPerGroup, threadsPerRow } = s
  const lane = s.rowsFast ? `local % ${rowsPerGroup}` : `local / ${threadsPerRow}`
  const inGroup = rowsPerGroup === 1 ? null : threadsPerRow === 1 ? 'local' : body.name('lane', lane)
  const thread =
    threadsPerRow === 1
      ? '0'
      : rowsPerGroup === 1
        ? 'local'
        : body.name('thread', s.rowsFast ? `local / ${rowsPerGroup}` : `local % ${threadsPerRow}`)
  const groups = Math.ceil(s.rows / rowsPerGroup)
  const chunk = s.chunks === 1 ? '0' : groups === 1 ? 'group' : body.name('chunk', `group % ${s.chunks}`)
  const rowGroup = groups === 1 ? '0' : s.chunks === 1 ? 'group' : `(group / ${s.chunks})`
  const base = inGroup === null ? '0' : s.rowsFast ? inGroup : `${inGroup} * ${threadsPerRow}`
  const stride = s.rowsFast ? rowsPerGroup : 1
  const row =
    inGroup === null ? rowGroup : groups === 1 ? inGroup : `${rowGroup} * ${rowsPerGroup} + ${inGroup}`
  const named = /^\w+$/.test(row) ? row : body.name('row', row)
  if (s.rows % rowsPerGroup === 0) return { row: named, thread, chunk, active: null, base, stride }
  return {
    row: body.name('row', `min(${named}, ${s.rows - 1})`),
    thread,
    chunk,
    active: `${named} < ${s.rows}`,
    base,
    stride,
  }
}
