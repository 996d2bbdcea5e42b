/**
 * Datasets: a tree of arrays with one leading axis, seen through a list of row numbers.
 * shuffle and split change the list only; batches gather the rows. Everything random comes from a seed.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import * as tree from '../core/tree.js'
import { range } from '../core/shape.js'
import { checkHostTensor, isHostTensor, takeRows, toDevice, type HostTensor } from '../io/host.js'
import { checkCount } from './checks.js'
import { permutation } from './permutation.js'

/** A tree `T` of tensors with every tensor replaced by an array. */
export type Batch<T> = T extends NDArray | HostTensor
  ? NDArray
  : T extends readonly unknown[] | object
    ? { [K in keyof T]: Batch<T[K]> }
    : T

/** Rows of a tree of tensors, in the order of `rows`. */
export interface Dataset<T> {
  /** The number of rows. */
  readonly length: number
  /** Which rows of the tensors, in order. */
  readonly rows: Uint32Array
  readonly tensors: T
}

export interface BatchOptions {
  /** Leave out the last batch if it has fewer rows; default false. */
  readonly dropRemainder?: boolean
  /** The number of the first batch, so that an epoch can go on where it was left; default 0. */
  readonly from?: number
}

const isTensor = (x: unknown): x is NDArray | HostTensor => x instanceof NDArray || isHostTensor(x)

/**
 * A dataset of a tree of tensors whose first axes agree. Host tensors (as readers give them) are sliced on the
 * host and copied to the default device batch by batch; NDArrays are gathered on the device that has them.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const x = { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [3, 2], dtype: 'float32' } as const
 * const dataset = data.fromArrays({ x })
 * for (const batch of data.batches(data.shuffle(dataset, 0), 2)) console.log(batch.x.shape) // [2, 2], [1, 2]
 * ```
 */
export function fromArrays<T>(tensors: T): Dataset<T> {
  const operation = 'data.fromArrays'
  const [leaves, treedef] = tree.flatten(tensors, isTensor)
  const paths = tree.leafPaths(treedef)
  let length: number | undefined
  leaves.forEach((leaf, i) => {
    const path = paths[i] === '' ? 'the root' : (paths[i] ?? '')
    if (!isTensor(leaf))
      return fail('tree', {
        operation,
        path,
        expected: 'an NDArray or { data, shape, dtype }',
        received: String(leaf),
      })
    if (isHostTensor(leaf)) checkHostTensor(leaf, operation)
    const rows = leaf.shape[0]
    if (rows === undefined || (length !== undefined && rows !== length)) {
      fail('shape', {
        operation,
        shapes: [leaf.shape],
        expected: `a first axis of ${length ?? 'the rows'}${length === undefined ? '' : ' rows'} at ${path}`,
      })
    }
    length = rows
  })
  if (length === undefined)
    return fail('tree', { operation, path: 'the root', expected: 'at least one tensor', received: 'none' })
  return { length, rows: Uint32Array.from({ length }, (_, i) => i), tensors }
}

const view = <T>({ tensors }: Dataset<T>, rows: Uint32Array): Dataset<T> => ({
  length: rows.length,
  rows,
  tensors,
})

/**
 * The same rows in an order that `seed` and `epoch` determine (give the number of the epoch to get another
 * order in each).
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const dataset = data.fromArrays(np.arange(10))
 * for (let epoch = 0; epoch < 2; epoch++) for (const x of data.batches(data.shuffle(dataset, 42, epoch), 5)) console.log(x.shape)
 * ```
 */
export function shuffle<T>(dataset: Dataset<T>, seed: number, epoch = 0): Dataset<T> {
  const order = permutation(dataset.length, seed, epoch)
  return view(
    dataset,
    order.map((i) => dataset.rows[i] ?? 0),
  )
}

/**
 * Consecutive parts of a dataset. One size gives two parts: that many rows, and the rest. A list of sizes gives a
 * part for each, and the rest if it is not empty. Sizes are numbers of rows, or below 1 fractions of all rows.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const [test, train] = data.split(data.shuffle(data.fromArrays(np.arange(10)), 0), 0.2)
 * console.log(test.length, train.length) // 2 8
 * ```
 */
export function split<T>(dataset: Dataset<T>, size: number): [first: Dataset<T>, rest: Dataset<T>]
export function split<T>(dataset: Dataset<T>, sizes: readonly number[]): Dataset<T>[]
export function split<T>(dataset: Dataset<T>, sizes: number | readonly number[]): Dataset<T>[] {
  const list = typeof sizes === 'number' ? [sizes] : sizes
  let at = 0
  const parts = list.map((size) => {
    const count = size < 1 ? Math.round(size * dataset.length) : size
    if (!(Number.isInteger(count) && count >= 0 && at + count <= dataset.length)) {
      fail('argument', {
        operation: 'data.split',
        argument: 'sizes',
        received: list.join(', '),
        expected: `whole numbers or fractions that add up to at most ${dataset.length} rows`,
      })
    }
    at += count
    return view(dataset, dataset.rows.slice(at - count, at))
  })
  const isPair = typeof sizes === 'number'
  return at < dataset.length || isPair ? [...parts, view(dataset, dataset.rows.slice(at))] : parts
}

/** The rows at `positions` of the dataset, as a tree of arrays. */
function gather<T>({ rows, tensors }: Dataset<T>, start: number, end: number): Batch<T> {
  const wanted = rows.slice(start, end)
  let indices: NDArray | undefined
  const [leaves, treedef] = tree.flatten(tensors, isTensor)
  const batch = leaves.map((leaf) => {
    if (isHostTensor(leaf)) return toDevice(takeRows(leaf, wanted))
    indices ??= toDevice({ data: Int32Array.from(wanted), shape: [wanted.length, 1], dtype: 'int32' })
    return gatherRows(leaf as NDArray, indices)
  })
  return tree.unflatten(treedef, batch) as Batch<T>
}

function gatherRows(x: NDArray, indices: NDArray): NDArray {
  return ops.gather(x, indices, {
    offsetDims: range(x.ndim).slice(1),
    collapsedSliceDims: [0],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    startIndexMap: [0],
    sliceSizes: [1, ...x.shape.slice(1)],
    mode: 'clip',
    fillValue: 0,
  })
}

/** The batches of a dataset; an iterable that can be run through again and knows how many it has. */
export interface Batches<T> extends Iterable<Batch<T>> {
  /** How many batches come, those before `from` left out. */
  readonly length: number
}

/**
 * Batches of `size` rows in the dataset's order. A last batch of fewer rows comes at the end, unless
 * `dropRemainder` is set. With `from` the batches before that number are left out without being made: seed, epoch and
 * number of the batch are a position from which training goes on as if it had never stopped.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const batches = data.batches(data.fromArrays({ x: np.arange(7) }), 3, { dropRemainder: true })
 * console.log(batches.length) // 2
 * for (const { x } of batches) console.log(x.js()) // [0, 1, 2], then [3, 4, 5]
 * ```
 */
export function batches<T>(
  dataset: Dataset<T>,
  size: number,
  { dropRemainder = false, from = 0 }: BatchOptions = {},
): Batches<T> {
  const operation = 'data.batches'
  checkCount(operation, 'size', size)
  const count = dropRemainder ? Math.floor(dataset.length / size) : Math.ceil(dataset.length / size)
  if (!(Number.isInteger(from) && from >= 0 && from <= count))
    fail('argument', {
      operation,
      argument: 'from',
      received: String(from),
      expected: `a whole number from 0 to the number of batches, ${count}`,
    })
  return {
    length: count - from,
    *[Symbol.iterator]() {
      for (let i = from; i < count; i++) yield gather(dataset, i * size, (i + 1) * size)
    },
  }
}

/** All rows of a dataset as one batch. */
export const all = <T>(dataset: Dataset<T>): Batch<T> => gather(dataset, 0, dataset.length)

/**
 * The same rows of other tensors: `f` is called with the tree of all rows once, and must keep their number and order.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const dataset = data.shuffle(data.fromArrays({ x: np.arange(3), y: np.ones([3]) }), 0)
 * const labels = data.withTensors(dataset, ({ x }) => x.mul(2))
 * console.log(labels.length, data.all(labels).js()) // the doubles of x, in the order of `dataset`
 * ```
 */
export function withTensors<T, R>(dataset: Dataset<T>, f: (tensors: T) => R): Dataset<R> {
  const next = fromArrays(f(dataset.tensors))
  const before = fromArrays(dataset.tensors)
  if (next.length !== before.length)
    fail('shape', {
      operation: 'data.withTensors',
      shapes: [[next.length]],
      expected: `tensors of ${before.length} rows, as many as before`,
    })
  return view(next, dataset.rows)
}
