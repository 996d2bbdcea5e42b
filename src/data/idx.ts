/**
 * The IDX format of MNIST and its relatives, gzipped or not: a big-endian magic number 0x0000TTNN (T: element
 * type, N: number of axes), N sizes as uint32, then the elements. Bytes → a host tensor, or a `data` error.
 * Source: http://yann.lecun.com/exdb/mnist (file format).
 */

import type { DType } from '../core/dtype.js'
import { hostArray } from '../core/dtype.js'
import { E, pipe, TE, type Either, type TaskEither } from '../core/fp.js'
import { sizeOf, type Shape } from '../core/shape.js'
import type { HostTensor } from '../io/host.js'
import {
  chunksOf,
  dataError,
  defaultMaxBytes,
  join,
  located,
  openSource,
  orThrow,
  sourceName,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
} from '../io/source.js'

interface ElementType {
  readonly dtype: DType
  readonly bytes: number
  readonly read: (view: DataView, offset: number) => number
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  0x08: { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) },
  0x09: { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) },
  // There is no int16 dtype: shorts widen to int32.
  0x0b: { dtype: 'int32', bytes: 2, read: (view, at) => view.getInt16(at) },
  0x0c: { dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at) },
  0x0d: { dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at) },
  0x0e: { dtype: 'float64', bytes: 8, read: (view, at) => view.getFloat64(at) },
}

interface Header {
  readonly type: ElementType
  readonly shape: Shape
  /** Length of the header, and of the whole file. */
  readonly start: number
  readonly end: number
}

const hex = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`

/** The header at the start of `bytes`, which may hold more or (an error) less than the header. */
function parseHeader(bytes: Uint8Array, origin: Origin, maxBytes: number): Either<DataError, Header> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4)
    return E.left(
      dataError(
        origin,
        bytes.length,
        'a magic number of 4 bytes',
        `the end of the file after ${bytes.length}`,
      ),
    )
  const magic = view.getUint32(0)
  const type = elementTypes[(magic >> 8) & 0xff]
  if (magic >>> 16 !== 0 || type === undefined) {
    return E.left(
      dataError(
        origin,
        0,
        'an IDX magic number 0x0000TTNN with type TT one of 08, 09, 0b, 0c, 0d, 0e',
        hex(magic),
      ),
    )
  }
  const rank = magic & 0xff
  const start = 4 + 4 * rank
  if (bytes.length < start) {
    return E.left(
      dataError(
        origin,
        bytes.length,
        `${rank} sizes of 4 bytes after the magic number ${hex(magic)}`,
        'the end of the file',
      ),
    )
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const end = start + sizeOf(shape) * type.bytes
  if (!(end <= maxBytes)) {
    return E.left(
      dataError(
        origin,
        4,
        `a file of at most ${maxBytes} bytes`,
        `sizes [${shape.join(', ')}], which make ${end}`,
      ),
    )
  }
  return E.right({ type, shape, start, end })
}

function decodeBody(
  bytes: Uint8Array,
  { type, shape, start, end }: Header,
  origin: Origin,
): Either<DataError, HostTensor> {
  if (bytes.length < end) {
    const expected = `${end} bytes for ${type.dtype} of shape [${shape.join(', ')}]`
    return E.left(dataError(origin, bytes.length, expected, `the end of the file after ${bytes.length}`))
  }
  if (bytes.length > end) return E.left(dataError(origin, end, 'the end of the file', 'more bytes'))
  const data = hostArray(type.dtype, sizeOf(shape))
  if (type.dtype === 'uint8') data.set(bytes.subarray(start))
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < data.length; i++) data[i] = type.read(view, start + i * type.bytes)
  }
  return E.right({ data, shape, dtype: type.dtype })
}

/**
 * Decodes the bytes of an IDX file that is not gzipped.
 *
 * Gives an `Either`: a host tensor of the file's shape and dtype (int16 becomes int32), or a `data` error that
 * names the offset: wrong magic number, truncated file, bytes after the end.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const bytes = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])
 * const decoded = data.decodeIdx(bytes, 'labels')
 * if (decoded._tag === 'Right') console.log(decoded.right.shape, decoded.right.data) // [2], [7, 9]
 * ```
 */
export function decodeIdx(bytes: Uint8Array, source = 'the given bytes'): Either<DataError, HostTensor> {
  const origin = { operation: 'data.decodeIdx', source }
  return pipe(
    parseHeader(bytes, origin, Infinity),
    E.flatMap((header) => decodeBody(bytes, header, origin)),
  )
}

/** The longest header: 255 axes. */
const maxHeader = 4 + 4 * 255

/**
 * Reads and decodes an IDX file, gzipped or not, as a `TaskEither`; `readIdx` is its throwing form.
 * No more is read than the header announces, and no more than `maxBytes`.
 */
export function loadIdx(
  source: ByteSource,
  { maxBytes = defaultMaxBytes, name = sourceName(source) }: ReadOptions = {},
): TaskEither<DataError, HostTensor> {
  const origin = { operation: 'data.readIdx', source: name }
  return located(async () => {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    let length = 0
    let header: Either<DataError, Header> | null = null
    try {
      for await (const chunk of chunksOf(await openSource(source, maxBytes))) {
        chunks.push(chunk)
        length += chunk.length
        if (header === null && length >= maxHeader) header = parseHeader(join(chunks), origin, maxBytes)
        if (header !== null && (E.isLeft(header) || length > header.right.end)) break
      }
    } catch (cause) {
      const received = cause instanceof Error ? cause.message : String(cause)
      return E.left(dataError(origin, length, 'a readable IDX file, plain or gzipped', received, cause))
    }
    const bytes = join(chunks)
    return pipe(
      header ?? parseHeader(bytes, origin, maxBytes),
      E.flatMap((known) => decodeBody(bytes, known, origin)),
    )
  })
}

/**
 * Reads an IDX file (MNIST's format), gzipped or not, from a path, URL, Blob or bytes.
 *
 * Gives a host tensor of the file's shape and dtype. Throws a `CotangentError` with code `data` that names
 * file, offset and expectation.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const labels = await data.readIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 2]))
 * console.log(labels.shape, labels.dtype) // [3] uint8
 * ```
 */
export const readIdx = (source: ByteSource, options?: ReadOptions): Promise<HostTensor> =>
  orThrow(loadIdx(source, options))

/** Inputs with one label each. */
export interface Labelled {
  readonly images: HostTensor
  readonly labels: HostTensor
}

/** Reads inputs and their labels as a `TaskEither`; a `data` error unless there is one label for each input. */
export function loadLabelledIdx(
  images: ByteSource,
  labels: ByteSource,
  options: Omit<ReadOptions, 'name'> = {},
): TaskEither<DataError, Labelled> {
  return located(
    pipe(
      TE.Do,
      TE.bind('images', () => loadIdx(images, options)),
      TE.bind('labels', () => loadIdx(labels, options)),
      TE.filterOrElse(
        (pair) => pair.labels.shape.length === 1 && pair.labels.shape[0] === pair.images.shape[0],
        (pair) => {
          const origin = { operation: 'data.readLabelledIdx', source: sourceName(labels) }
          const expected = `one label for each of the ${pair.images.shape[0] ?? 0} items of ${sourceName(images)}`
          return dataError(origin, 4, expected, `labels of shape [${pair.labels.shape.join(', ')}]`)
        },
      ),
    ),
  )
}

/**
 * Reads a pair of IDX files, inputs and their labels. Throws a `data` error where a file is malformed or the
 * number of labels differs from the number of inputs.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const images = new Uint8Array([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6])
 * const labels = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 0, 1])
 * const digits = await data.readLabelledIdx(images, labels)
 * console.log(digits.images.shape, digits.labels.shape) // [2, 1] [2]
 * ```
 */
export const readLabelledIdx = (
  images: ByteSource,
  labels: ByteSource,
  options?: Omit<ReadOptions, 'name'>,
): Promise<Labelled> => orThrow(loadLabelledIdx(images, labels, options))
