/**
 * What every reader of files does: the bytes of a source, decoded, as a task whose errors name the caller's line.
 */

import { E, type Either, type TaskEither } from '../core/fp.js'
import {
  defaultMaxBytes,
  located,
  readBytes,
  sourceName,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
} from './source.js'

/** How files of one kind are read. */
export interface Format<T> {
  /** The function that messages name. */
  readonly operation: string
  /** Whether a gzipped file is inflated first. */
  readonly inflate: boolean
  /** The limit where the caller gives none; default 2³⁰. */
  readonly maxBytes?: number
  readonly decode: (
    bytes: Uint8Array,
    origin: Origin,
    maxBytes: number,
  ) => Either<DataError, T> | Promise<Either<DataError, T>>
}

/** Reads and decodes a file, as a `TaskEither`. */
export function loadFile<T>(
  source: ByteSource,
  format: Format<T>,
  { maxBytes = format.maxBytes ?? defaultMaxBytes, name = sourceName(source) }: ReadOptions = {},
): TaskEither<DataError, T> {
  const { operation, inflate, decode } = format
  const origin = { operation, source: name }
  return located(async () => {
    const bytes = await readBytes(source, origin, { maxBytes, inflate })()
    return E.isLeft(bytes) ? bytes : decode(bytes.right, origin, maxBytes)
  })
}
