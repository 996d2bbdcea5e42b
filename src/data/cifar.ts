/**
 * The binary files of CIFAR-10: records of 3,073 bytes, a label and the red, green and blue planes of 32 × 32 pixels.
 * Bytes → images, channels last, and labels, as tensors on the host.
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { type Either, type TaskEither } from '../core/fp.js'
import { loadFile } from '../io/reader.js'
import {
  decoding,
  orThrow,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
} from '../io/source.js'
import type { Labelled } from './idx.js'

const plane = 32 * 32
const record = 1 + 3 * plane

function decodeOf(bytes: Uint8Array, origin: Origin): Either<DataError, Labelled> {
  return decoding(origin, (reject) => {
    const n = Math.floor(bytes.length / record)
    if (n === 0 || n * record !== bytes.length)
      reject(bytes.length, `records of ${record} bytes`, `the end of the file in record ${n}`)
    const images = new Uint8Array(n * 3 * plane)
    const labels = new Uint8Array(n)
    for (let i = 0; i < n; i++) {
      const start = i * record
      const label = bytes[start] ?? 0
      if (label > 9) reject(start, 'a label from 0 to 9', String(label))
      labels[i] = label
      for (let channel = 0; channel < 3; channel++)
        for (let pixel = 0; pixel < plane; pixel++)
          images[(i * plane + pixel) * 3 + channel] = bytes[start + 1 + channel * plane + pixel] ?? 0
    }
    return {
      images: { data: images, shape: [n, 32, 32, 3], dtype: 'uint8' },
      labels: { data: labels, shape: [n], dtype: 'uint8' },
    }
  })
}

/**
 * Decodes the bytes of a binary file of CIFAR-10.
 *
 * Gives an `Either`: images uint8 [n, 32, 32, 3] and labels uint8 [n], or a `data` error.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const decoded = data.decodeCifar10(new Uint8Array(3073 * 2))
 * if (decoded._tag === 'Right') console.log(decoded.right.images.shape) // [2, 32, 32, 3]
 * ```
 */
export const decodeCifar10 = (bytes: Uint8Array, source = 'the given bytes'): Either<DataError, Labelled> =>
  decodeOf(bytes, { operation: 'data.decodeCifar10', source })

/** Reads a binary file of CIFAR-10, gzipped or not, as a `TaskEither`; `readCifar10` is its throwing form. */
export const loadCifar10 = (source: ByteSource, options?: ReadOptions): TaskEither<DataError, Labelled> =>
  loadFile(source, { operation: 'data.readCifar10', inflate: true, decode: decodeOf }, options)

/**
 * Reads binary files of CIFAR-10 (`data_batch_1.bin` and so on), gzipped or not, one after the other: images uint8
 * [n, 32, 32, 3] and labels uint8 [n] on the host. Throws a `data` error that names file, offset and expectation.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const files = [new Uint8Array(3073), new Uint8Array(2 * 3073)]
 * const { images, labels } = await data.readCifar10(files)
 * console.log(images.shape, labels.shape) // [3, 32, 32, 3] [3]
 * ```
 */
export async function readCifar10(
  sources: ByteSource | readonly ByteSource[],
  options?: ReadOptions,
): Promise<Labelled> {
  const list = isList(sources) ? sources : [sources]
  const tasks = list.map((source) => loadCifar10(source, options))
  const parts: Labelled[] = []
  for (const task of tasks) parts.push(await orThrow(task))
  return concatenateLabelled(parts)
}

const isList = (sources: ByteSource | readonly ByteSource[]): sources is readonly ByteSource[] =>
  Array.isArray(sources)

function concatenateLabelled(parts: readonly Labelled[]): Labelled {
  const n = parts.reduce((sum, { labels }) => sum + labels.data.length, 0)
  const images = new Uint8Array(n * 3 * plane)
  const labels = new Uint8Array(n)
  let at = 0
  for (const part of parts) {
    images.set(part.images.data, at * 3 * plane)
    labels.set(part.labels.data, at)
    at += part.labels.data.length
  }
  return {
    images: { data: images, shape: [n, 32, 32, 3], dtype: 'uint8' },
    labels: { data: labels, shape: [n], dtype: 'uint8' },
  }
}
