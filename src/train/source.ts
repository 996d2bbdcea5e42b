/**
 * Where batches come from: a dataset, shuffled anew in each epoch, or a function that gives the batches of an epoch.
 */

import { fail } from '../core/errors.js'
import { ConcreteArray, NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import { batches, shuffle, type Batch, type Dataset } from '../data/index.js'

/** Any number of batches, each a tree of arrays. */
export type BatchStream<B> = Iterable<B> | AsyncIterable<B>

/** A dataset, or the batches of each epoch (the same ones whenever it is asked for the same epoch). */
export type Source = Dataset<unknown> | ((epoch: number) => BatchStream<unknown>)

/** What one batch of a source is. */
export type BatchOf<D> =
  D extends Dataset<infer T>
    ? Batch<T>
    : D extends (epoch: number) => infer I
      ? I extends BatchStream<infer B>
        ? B
        : never
      : never

/** The part of a batch that the loss compares predictions with: its `y`, or all of it where it has none. */
export type TargetOf<B> = B extends { readonly y: infer Y } ? Y : B

export interface BatchingOptions {
  /** Rows in a batch of a dataset; default 32. A function makes its own batches. */
  readonly batchSize?: number
  /** Leave out the last batch of an epoch if it has fewer rows; default false. */
  readonly dropRemainder?: boolean
}

/** The batches of one epoch. */
export interface Epoch {
  readonly batches: AsyncGenerator<unknown, undefined>
  /** Whether nobody else holds their arrays, so that they may be freed after use. */
  readonly isOwned: boolean
}

export const isDataset = (source: Source): source is Dataset<unknown> => typeof source !== 'function'

/** Throws what is wrong with a source before anything runs. */
export function checkSource(
  source: Source,
  { batchSize = 32, dropRemainder = false }: BatchingOptions,
  operation: string,
  argument: string,
): void {
  const wrong = (received: string, expected: string, fix: string): never =>
    fail('argument', { operation, argument, received, expected, fix })
  if (typeof source === 'function') return
  if (typeof source !== 'object' || source === null || !('rows' in source)) {
    wrong(
      typeof source,
      'a dataset or a function epoch => batches',
      'Make one of arrays: data.fromArrays({ x, y }).',
    )
  }
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    fail('argument', {
      operation,
      argument: 'batchSize',
      received: String(batchSize),
      expected: 'a whole number >= 1',
    })
  }
  if (source.length === 0)
    wrong('a dataset of 0 rows', 'a dataset with rows', 'Look at what was read or split off.')
  if (dropRemainder && batchSize > source.length) {
    fail('argument', {
      operation,
      argument: 'batchSize',
      received: String(batchSize),
      expected: `at most the ${source.length} rows of ${argument}, as dropRemainder leaves no batch otherwise`,
      fix: 'Take smaller batches, or leave out dropRemainder.',
    })
  }
}

/** How many batches an epoch has; null where only running through it tells. */
export function batchCount(
  source: Source,
  { batchSize = 32, dropRemainder = false }: BatchingOptions,
): number | null {
  return isDataset(source) ? batches(source, batchSize, { dropRemainder }).length : null
}

/** The batches of `epoch`, from number `first` on; datasets are shuffled by `seed` unless it is null. */
export function openEpoch(
  source: Source,
  epoch: number,
  { batchSize = 32, dropRemainder = false }: BatchingOptions,
  { seed = null, first = 0 }: { readonly seed?: number | null; readonly first?: number } = {},
): Epoch {
  if (!isDataset(source)) return { batches: iterate(source(epoch), first), isOwned: false }
  const ordered = seed === null ? source : shuffle(source, seed, epoch)
  const rows = ordered.rows.subarray(first * batchSize)
  const rest = { ...ordered, rows, length: rows.length }
  return { batches: iterate(batches(rest, batchSize, { dropRemainder }), 0), isOwned: true }
}

async function* iterate<B>(stream: BatchStream<B>, skipped: number): AsyncGenerator<B, undefined> {
  let at = 0
  for await (const batch of stream) if (at++ >= skipped) yield batch
}

/** Frees the arrays of a batch that nobody else holds. */
export function disposeBatch(batch: unknown): void {
  for (const leaf of tree.leaves(batch)) if (leaf instanceof ConcreteArray) leaf.dispose()
}

/** The rows of a batch: the first axis of its first array that has one; 1 for a batch of scalars. */
export function rowsOf(batch: unknown): number {
  for (const leaf of tree.leaves(batch)) {
    const rows = leaf instanceof NDArray ? leaf.shape[0] : undefined
    if (rows !== undefined) return rows
  }
  return 1
}
