/**
 * Sequences of different lengths → rectangular batches: padded at the end, with the mask that layers take and the lengths.
 */

import { hostArray, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { sameShape, sizeOf } from '../core/shape.js'
import * as tree from '../core/tree.js'
import { checkHostTensor, isHostTensor, toDevice, type HostTensor } from '../io/host.js'
import { checkCount } from './checks.js'
import { leavesOf, stackLeaves, type Collated } from './collate.js'
import { through, type Source } from './stream.js'

/** Steps along the first axis; a list of whole numbers is int32, of others float32. */
export type Sequence = readonly number[] | HostTensor

/** Sequences side by side. */
export interface PaddedSequences<A> {
  /** [sequences, length, ...] */
  readonly values: A
  /** bool [sequences, length], false at padding: what `mask` of recurrent layers and attention takes */
  readonly mask: A
  /** int32 [sequences] */
  readonly lengths: A
}

export interface PaddingOptions {
  /** What padding is filled with; default 0. */
  readonly value?: number
  /** The length of every batch; longer sequences are an error. Default: that of the longest. */
  readonly length?: number
  /** Lengths are rounded up to a multiple of this, so that fewer shapes have to be compiled; default 1. */
  readonly multipleOf?: number
}

const isSequence = (x: unknown): x is Sequence =>
  (isHostTensor(x) && x.shape.length > 0) || (Array.isArray(x) && x.every((step) => typeof step === 'number'))

function asTensor(sequence: Sequence, operation: string): HostTensor {
  if (isHostTensor(sequence)) {
    checkHostTensor(sequence, operation)
    return sequence
  }
  const dtype: DType = sequence.every((x) => x === (x | 0)) ? 'int32' : 'float32'
  const data = hostArray(dtype, sequence.length)
  data.set(sequence)
  return { data, shape: [sequence.length], dtype }
}

function paddedLength(
  longest: number,
  { length, multipleOf = 1 }: PaddingOptions,
  operation: string,
): number {
  checkCount(operation, 'multipleOf', multipleOf)
  if (length === undefined) return Math.ceil(longest / multipleOf) * multipleOf
  if (Number.isSafeInteger(length) && length >= longest) return length
  return fail('argument', {
    operation,
    argument: 'length',
    received: String(length),
    expected: `a whole number >= ${longest}, the length of the longest sequence`,
    fix: 'Cut sequences before padding them.',
  })
}

/**
 * Sequences of different lengths as one tensor [sequences, length, ...] on the host, with their mask and lengths.
 * Errors: `shape` or `dtype` where steps differ, `argument` where a sequence is longer than `length`.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const { values, mask, lengths } = data.padSequences([[1, 2, 3], [4]], { multipleOf: 2 })
 * console.log(values.shape, values.data) // [2, 4] Int32Array [1, 2, 3, 0, 4, 0, 0, 0]
 * console.log(mask.data, lengths.data) // Uint8Array [1, 1, 1, 0, 1, 0, 0, 0] Int32Array [3, 1]
 * ```
 */
export function padSequences(
  sequences: readonly Sequence[],
  options: PaddingOptions = {},
): PaddedSequences<HostTensor> {
  const operation = 'data.padSequences'
  const given = sequences.map((sequence) => asTensor(sequence, operation))
  // A list of whole numbers beside one of fractions is a list of fractions that happen to be whole.
  const isMixed = sequences.some((s) => !isHostTensor(s)) && given.some(({ dtype }) => dtype === 'float32')
  const tensors = isMixed ? given.map(asFloat) : given
  const stepShape = (tensors[0]?.shape ?? [0]).slice(1)
  const dtype = tensors[0]?.dtype ?? 'float32'
  const lengths = Int32Array.from(tensors, ({ shape }) => shape[0] ?? 0)
  const length = paddedLength(Math.max(0, ...lengths), options, operation)
  const [n, row] = [tensors.length, length * sizeOf(stepShape)]
  const values = hostArray(dtype, n * row).fill(options.value ?? 0)
  const mask = new Uint8Array(n * length)
  tensors.forEach((tensor, i) => {
    if (!sameShape(tensor.shape.slice(1), stepShape))
      fail('shape', {
        operation,
        shapes: [tensors[0]?.shape ?? [], tensor.shape],
        expected: 'sequences that differ along the first axis alone',
      })
    if (tensor.dtype !== dtype)
      fail('dtype', { operation, dtypes: [dtype, tensor.dtype], expected: 'sequences of one dtype' })
    values.set(tensor.data, i * row)
    mask.fill(1, i * length, i * length + (lengths[i] ?? 0))
  })
  return {
    values: { data: values, shape: [n, length, ...stepShape], dtype },
    mask: { data: mask, shape: [n, length], dtype: 'bool' },
    lengths: { data: lengths, shape: [n], dtype: 'int32' },
  }
}

const asFloat = (tensor: HostTensor): HostTensor =>
  tensor.dtype === 'int32' ? { ...tensor, data: Float32Array.from(tensor.data), dtype: 'float32' } : tensor

/** A tree `T` of an example with sequences padded and numbers stacked. */
export type Padded<T> = T extends Sequence
  ? PaddedSequences<NDArray>
  : T extends NDArray | number | boolean
    ? NDArray
    : T extends readonly unknown[] | object
      ? { [K in keyof T]: Padded<T[K]> }
      : Collated<T>

export interface PaddedBatchOptions<T> extends PaddingOptions {
  /** Leave out batches of fewer examples; default false. */
  readonly dropRemainder?: boolean
  /**
   * Bounds of lengths, rising: examples share a batch with examples between the same bounds alone, padded to the upper
   * one, so that little is padded and there are no more shapes than bounds. Longer examples are an error.
   */
  readonly buckets?: readonly number[]
  /** What the length of an example is, for `buckets`; default the longest of its sequences. */
  readonly lengthOf?: (example: T) => number
}

/**
 * Examples with sequences of different lengths in batches of `size`, in their order. In each tree, a host tensor with at
 * least one axis or a list of numbers is a sequence and becomes `{ values, mask, lengths }`; numbers are stacked.
 * With `buckets` a batch comes when there are enough examples between the same bounds; the rest comes at the end.
 * Errors: `argument` for sequences that are too long, `shape`, `dtype`, `tree` where examples do not go together.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const examples = [{ text: [5, 6, 7], label: 1 }, { text: [8], label: 0 }]
 * for (const { text, label } of data.paddedBatches(examples, 2)) {
 *   console.log(text.values.js(), text.lengths.js(), label.js()) // [[5, 6, 7], [8, 0, 0]] [3, 1] [1, 0]
 * }
 * ```
 */
export function paddedBatches<T>(
  source: Iterable<T>,
  size: number,
  options?: PaddedBatchOptions<T>,
): Iterable<Padded<T>>
export function paddedBatches<T>(
  source: AsyncIterable<T>,
  size: number,
  options?: PaddedBatchOptions<T>,
): AsyncIterable<Padded<T>>
export function paddedBatches<T>(
  source: Source<T>,
  size: number,
  options: PaddedBatchOptions<T> = {},
): Source<Padded<T>> {
  checkCount('data.paddedBatches', 'size', size)
  const { dropRemainder = false, lengthOf = longestSequence } = options
  const bounds = options.buckets ?? []
  checkBounds(bounds)
  return through(source, () => {
    // Without bounds there is one bucket, whose batches are as long as they have to be.
    const buckets =
      bounds.length === 0
        ? [{ bound: undefined, items: [] as T[] }]
        : bounds.map((bound) => ({ bound, items: [] as T[] }))
    const flush = ({ bound, items }: (typeof buckets)[number]): Padded<T>[] => {
      const padding = bound === undefined ? options : { ...options, length: bound }
      return [padBatch(items.splice(0), padding)]
    }
    return {
      push(example: T) {
        const length = bounds.length === 0 ? 0 : lengthOf(example)
        const bucket = buckets.find(({ bound }) => bound === undefined || length <= bound)
        if (bucket === undefined) return tooLong(length, bounds)
        return bucket.items.push(example) === size ? flush(bucket) : []
      },
      *end() {
        if (dropRemainder) return
        for (const bucket of buckets) if (bucket.items.length > 0) yield* flush(bucket)
      },
    }
  })
}

function padBatch<T>(examples: readonly T[], options: PaddingOptions): Padded<T> {
  const operation = 'data.paddedBatches'
  const { columns, treedef } = leavesOf(examples, operation, isSequence)
  const leaves = columns.map((column) => {
    if (!column.every(isSequence)) return stackLeaves(column, operation)
    const { values, mask, lengths } = padSequences(column, options)
    return { values: toDevice(values), mask: toDevice(mask), lengths: toDevice(lengths) }
  })
  return tree.unflatten(treedef, leaves) as Padded<T>
}

function longestSequence(example: unknown): number {
  const lengths = tree
    .flatten(example, isSequence)[0]
    .filter(isSequence)
    .map((x) => (isHostTensor(x) ? (x.shape[0] ?? 0) : x.length))
  return Math.max(0, ...lengths)
}

function checkBounds(bounds: readonly number[]): void {
  if (bounds.every((bound, i) => Number.isSafeInteger(bound) && bound > (bounds[i - 1] ?? 0))) return
  fail('argument', {
    operation: 'data.paddedBatches',
    argument: 'buckets',
    received: `[${bounds.join(', ')}]`,
    expected: 'whole numbers >= 1 that rise',
  })
}

const tooLong = (length: number, bounds: readonly number[]): never =>
  fail('argument', {
    operation: 'data.paddedBatches',
    argument: 'the length of every example',
    received: String(length),
    expected: `at most ${bounds.at(-1) ?? 0}, the last of the buckets`,
    fix: 'Cut sequences before padding them.',
  })
