/**
 * NumPy's .npz format: a zip archive of .npy files, one for each name. Bytes ↔ named tensors on the host.
 */

import { E, type TaskEither } from '../core/fp.js'
import { writeFileAtomically } from './atomicFile.js'
import type { HostTensor } from './host.js'
import { toHostTensors } from './names.js'
import { decodeNpyOf, encodeNpy } from './npy.js'
import { loadFile } from './reader.js'
import {
  decoding,
  located,
  orThrow,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
} from './source.js'
import { unzip } from './zip.js'

export interface NpzOptions {
  /** Whether arrays are compressed, as by `numpy.savez_compressed`; default false, as by `numpy.savez`. */
  readonly compress?: boolean
}

/** Reads and decodes a .npz file as a `TaskEither`; `readNpz` is its throwing form. */
export const loadNpz = (
  source: ByteSource,
  options?: ReadOptions,
): TaskEither<DataError, Readonly<Record<string, HostTensor>>> =>
  loadFile(source, { operation: 'io.readNpz', inflate: false, decode: decodeNpz }, options)

async function decodeNpz(bytes: Uint8Array, origin: Origin, maxBytes: number) {
  const { inflateSync } = await import('fflate')
  return decoding(origin, (reject) => {
    const tensors: [string, HostTensor][] = []
    for (const { name, data, offset } of unzip(bytes, maxBytes, inflateSync, reject)) {
      if (!name.endsWith('.npy')) reject(offset, 'entries whose names end in .npy', name)
      const decoded = decodeNpyOf(data, { ...origin, source: `${origin.source}, entry ${name}` })
      if (E.isLeft(decoded)) throw decoded.left
      tensors.push([name.slice(0, -'.npy'.length), decoded.right])
    }
    return Object.fromEntries(tensors)
  })
}

/**
 * Reads a .npz file (of `numpy.savez` or `numpy.savez_compressed`) from a path, URL, Blob or bytes: tensors on the host by
 * name, which `io.loadInto` puts into a tree. Throws a `data` error that names file, offset and expectation: dtypes as in
 * `decodeNpy`, sizes and checksums that are not what the archive says, more than `maxBytes` inflated.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const bytes = await io.toNpz({ x: np.ones([2]), y: { z: np.zeros([3]) } })
 * console.log(Object.keys(await io.readNpz(bytes))) // ['x', 'y.z']
 * ```
 */
export const readNpz = (
  source: ByteSource,
  options?: ReadOptions,
): Promise<Readonly<Record<string, HostTensor>>> => orThrow(loadNpz(source, options))

/**
 * The bytes of a .npz file with the arrays of a tree, named as `io.flattenNames` names them; `numpy.load` reads it.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const zeros = { x: np.zeros([1000]) }
 * const [stored, deflated] = [await io.toNpz(zeros), await io.toNpz(zeros, { compress: true })]
 * console.log(stored.length > 4000, deflated.length < 400) // true true
 * ```
 */
export async function toNpz(given: unknown, { compress = false }: NpzOptions = {}): Promise<Uint8Array> {
  const [{ zipSync }, tensors] = await Promise.all([import('fflate'), toHostTensors(given)])
  const files = Object.entries(tensors).map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const)
  // The same arrays give the same bytes: no time of writing. 1980 is the first year that zip knows.
  return zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) })
}

/** Writes the arrays of a tree to a .npz file as a `TaskEither`; `writeNpz` is its throwing form. */
export const saveNpz = (
  path: string | URL,
  given: unknown,
  options?: NpzOptions,
): TaskEither<DataError, void> =>
  located(async () => writeFileAtomically(path, [await toNpz(given, options)], 'io.writeNpz')())

/**
 * Writes the arrays of a tree to a .npz file (Node), which is replaced at once. Throws a `data` error where that fails.
 */
export const writeNpz = (path: string | URL, given: unknown, options?: NpzOptions): Promise<void> =>
  orThrow(saveNpz(path, given, options))
