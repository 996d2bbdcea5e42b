/**
 * Where reductions are cut into parts: a plan → the axis and the length of a part. Both depend on sizes alone, so
 * that results do not depend on the number of threads.
 */

import { sizeOf } from '../../core/shape.js'
import type { Plan } from './reducePlan.js'
import { blockSteps } from './running.js'

export interface Split {
  /** The axis that is cut. */
  readonly axis: number
  /** Its elements in one part; the last part may have fewer. */
  readonly length: number
  readonly count: number
}

/** Accumulators of running vectors are in registers, or in lines of the nearest cache. */
export const stripColumns = 1024
/** Vectors, far enough from each other in memory, that are read side by side: the memory answers one stream slowly. */
export const streams = 4
/** The last axis is cut into multiples of this: whole blocks of every stream. */
const wholeBlocks = streams * 4 * blockSteps

const fewRows = 16
const fewParts = 8
const [fewElements, manyElements] = [8192, 65536]
const [fewSteps, manySteps] = [32, 2048]
/** What the caches near a core hold, in elements. */
const cached = 131072

const between = (low: number, x: number, high: number): number => Math.min(Math.max(low, x), high)
const multiple = (x: number, of: number): number => Math.ceil(x / of) * of

/** Few long rows: so many parts that threads share them evenly. */
function splitRows({ kernel: { shape }, kept, reduced }: Plan): Split | null {
  const size = (axis: number): number => shape[axis] ?? 1
  const rows = sizeOf(kept.map(size))
  if (rows >= fewRows || sizeOf(shape) < 4 * fewElements) return null
  const axis = reduced.reduce((best, a) => (size(a) >= size(best) ? a : best), reduced[0] ?? 0)
  const elements = sizeOf(shape) / rows
  const wanted = (between(fewElements, elements / 16, manyElements) * size(axis)) / elements
  const length = axis === reduced.at(-1) ? multiple(wanted, wholeBlocks) : Math.ceil(wanted)
  const count = Math.ceil(size(axis) / length)
  return rows * count < 2 ? null : { axis, length, count }
}

/** Columns: parts of whole rows of memory, whose running results fit the nearest cache. */
function splitColumns({ kernel, kept, reduced }: Plan): Split | null {
  const { shape, stages, elementStores } = kernel
  const size = (axis: number): number => shape[axis] ?? 1
  const [outermost = 0] = reduced
  // An outer axis in parts leaves memory in one piece, if it is long enough to be cut.
  const axis = size(outermost) >= fewParts ? outermost : (reduced.at(-1) ?? 0)
  const steps = sizeOf(reduced.map(size))
  const perElement = axis === reduced.at(-1) ? 1 : steps / size(axis)
  const all = size(axis) * perElement
  const columns = size(kept.at(-1) ?? 0)
  const slabs = sizeOf(kept.slice(0, -1).map(size))
  const slab = steps * columns
  if (all < fewSteps || slab < 2 * fewElements) return null
  // A slab that stays in the cache from stage to stage is better done with at once.
  if (slabs >= 8 && slab <= cached && stages.length + elementStores.length > 1) return null
  const perStep = Math.min(columns, stripColumns)
  const units = slabs * Math.ceil(columns / stripColumns)
  const wanted = units >= 16 ? manySteps : Math.max(manyElements / perStep, all / 64)
  const rows = multiple(between(fewSteps, Math.min(wanted, all), manySteps), 8)
  const length = Math.ceil(rows / perElement)
  const count = Math.ceil(size(axis) / length)
  return units * count < 2 ? null : { axis, length, count }
}

/** How the reductions of a kernel are cut; null where they are not. */
export function splitOf(plan: Plan): Split | null {
  const { shape, stages } = plan.kernel
  if (stages.length === 0 || plan.reduced.length === 0 || shape.includes(0)) return null
  return plan.reduced.includes(shape.length - 1) ? splitRows(plan) : splitColumns(plan)
}
