/**
 * Indexing primitives in random programs: dimension numbers of any valid form, indices inside and outside.
 */

import type { GatherParams, IndexingSigs, ScatterParams } from '../../../core/primitives/indexing.js'
import { range, type Shape } from '../../../core/shape.js'
import type { Kind, Pick, ProgramBuilder, Value } from '../builder.js'
import { smooth, type GeneratorTable } from './generator.js'

/** Scalar starts, some out of range: constants, or positions that were computed. */
const starts = (b: ProgramBuilder, pick: Pick, shape: Shape): Value[] =>
  shape.map((n) => (pick.next(3) === 2 ? b.shaped(pick, 'int', []) : b.integers(pick, [], -1, n, 'int32')))

const sizesWithin = (pick: Pick, shape: Shape): number[] => shape.map((n) => 1 + pick.next(n))

interface Windows {
  readonly shared: {
    readonly operandBatchingDims: readonly number[]
    readonly indicesBatchingDims: readonly number[]
    readonly mode: 'clip' | 'fill'
  }
  readonly indices: Value
  /** Operand axes that an index vector addresses. */
  readonly indexed: readonly number[]
  readonly sliceSizes: readonly number[]
  readonly dropped: readonly number[]
  /** Axes of the windows in the result, and its shape. */
  readonly windowDims: readonly number[]
  readonly resultShape: readonly number[]
}

/** Windows of an operand of `shape`, one for each index vector. */
function windows(b: ProgramBuilder, pick: Pick, shape: Shape): Windows {
  const axes = range(shape.length)
  const batching = shape.length > 1 && pick.next(4) === 3 ? [pick.from(axes)] : []
  const free = axes.filter((axis) => !batching.includes(axis))
  const chosen = pick.subset(free)
  const indexed = pick.shuffle(chosen.length > 0 ? chosen : free.slice(0, 1))
  const sliceSizes = shape.map((n, axis) => (batching.includes(axis) || pick.flag() ? 1 : 1 + pick.next(n)))
  const dropped = free.filter((axis) => sliceSizes[axis] === 1 && !pick.flag())
  const own = range(pick.next(3)).map(() => 1 + pick.next(3))
  const at = pick.next(own.length + 1)
  const batch =
    batching.length === 0 ? own : [...own.slice(0, at), shape[batching[0] ?? 0] ?? 1, ...own.slice(at)]
  const reach = Math.max(...indexed.map((axis) => shape[axis] ?? 1))
  const indices = b.integers(pick, [...batch, indexed.length], -1, reach, 'int32')
  const window = sliceSizes.filter((_, axis) => !dropped.includes(axis) && !batching.includes(axis))
  const rank = batch.length + window.length
  const windowDims = pick
    .shuffle(range(rank))
    .slice(0, window.length)
    .sort((x, y) => x - y)
  let [w, i] = [0, 0]
  const resultShape = range(rank).map((d) => (windowDims.includes(d) ? window[w++] : batch[i++]) ?? 1)
  return {
    shared: {
      operandBatchingDims: batching,
      indicesBatchingDims: batching.map(() => at),
      mode: pick.from(['clip', 'fill'] as const),
    },
    indices,
    indexed,
    sliceSizes,
    dropped,
    windowDims,
    resultShape,
  }
}

const valueKinds: readonly Kind[] = ['float', 'int']

function gathered(b: ProgramBuilder, pick: Pick): void {
  const x = b.any(pick, pick.kind(valueKinds), 1)
  const { shared, indices, indexed, sliceSizes, dropped, windowDims } = windows(b, pick, x.aval.shape)
  const params: GatherParams = {
    ...shared,
    offsetDims: windowDims,
    collapsedSliceDims: dropped,
    startIndexMap: indexed,
    sliceSizes,
    fillValue: 0,
  }
  b.emit('gather', [x, indices], params, Math.min(0, x.low), Math.max(0, x.high))
}

interface Scattering {
  readonly x: Value
  readonly indices: Value
  readonly updates: Value
  readonly params: ScatterParams
}

function scattering(b: ProgramBuilder, pick: Pick, kinds: readonly Kind[] = valueKinds): Scattering {
  const kind = pick.kind(kinds)
  const x = b.any(pick, kind, 1)
  const { shared, indices, indexed, dropped, windowDims, resultShape } = windows(b, pick, x.aval.shape)
  const params = {
    ...shared,
    updateWindowDims: windowDims,
    insertedWindowDims: dropped,
    scatterDimsToOperandDims: indexed,
  }
  return { x, indices, updates: b.shaped(pick, kind, resultShape), params }
}

function scattered(b: ProgramBuilder, pick: Pick): void {
  const combine = pick.from(['set', 'mul', 'min', 'max'] as const)
  const { x, indices, updates, params } = scattering(b, pick)
  const isFloat = x.aval.dtype === b.float
  const ready = (v: Value, offset: number): Value => {
    if (!isFloat || combine === 'set') return v
    return combine === 'mul' ? b.factors(v, updates.aval.size) : b.spread(pick, v, 2, offset)
  }
  const [target, patches] = [ready(x, 0), ready(updates, 1)]
  const size = combine === 'mul' ? 32 : 1
  const bound = size * Math.max(...[target, patches].flatMap((v) => [Math.abs(v.low), Math.abs(v.high)]))
  b.emit('scatter', [target, indices, patches], { ...params, combine }, -bound, bound)
}

function sorted(b: ProgramBuilder, pick: Pick): void {
  const first = b.any(pick, pick.kind(['float', 'int', 'uint', 'bool'] as const), 1)
  const keys = 1 + pick.next(2)
  const others = range(keys - 1 + pick.next(2)).map(() =>
    b.shaped(pick, pick.kind(valueKinds), first.aval.shape),
  )
  const operands = [first, ...others].map((v, i) =>
    i < keys && v.aval.dtype === b.float ? b.spread(pick, v) : v,
  )
  b.emitAll('sort', operands, { dimension: pick.next(first.aval.shape.length), keys }, operands)
}

export const indexing: GeneratorTable<IndexingSigs> = {
  dynamicSlice: smooth((b, pick) => {
    const x = b.any(pick, pick.kind(valueKinds), 1)
    b.emit(
      'dynamicSlice',
      [x, ...starts(b, pick, x.aval.shape)],
      { sliceSizes: sizesWithin(pick, x.aval.shape) },
      x.low,
      x.high,
    )
  }),
  dynamicUpdateSlice: smooth((b, pick) => {
    const kind = pick.kind(valueKinds)
    const x = b.any(pick, kind, 1)
    const update = b.shaped(pick, kind, sizesWithin(pick, x.aval.shape))
    b.emit(
      'dynamicUpdateSlice',
      [x, update, ...starts(b, pick, x.aval.shape)],
      {},
      Math.min(x.low, update.low),
      Math.max(x.high, update.high),
    )
  }),
  gather: smooth(gathered),
  scatterAdd: smooth((b, pick) => {
    const { x, indices, updates, params } = scattering(b, pick)
    const n = updates.aval.size
    b.emit(
      'scatterAdd',
      [x, indices, updates],
      params,
      x.low + n * Math.min(0, updates.low),
      x.high + n * Math.max(0, updates.high),
    )
  }),
  scatter: smooth(scattered),
  sort: smooth(sorted),
}
