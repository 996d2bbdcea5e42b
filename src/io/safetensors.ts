/**
 * The safetensors format: bytes ↔ named tensors on the host and metadata, and the same from files and to them.
 * Nothing is executed and nothing allocated beyond what the file has; every range is checked before it is used.
 */

import { fail } from '../core/errors.js'
import { type Either, type TaskEither } from '../core/fp.js'
import { writeFileAtomically } from './atomicFile.js'
import { decodeElements, elementTypes, encodeElements } from './elements.js'
import { checkHostTensor, type HostTensor } from './host.js'
import { toHostTensors } from './names.js'
import { loadFile } from './reader.js'
import { formatSafetensorsHeader, inFileOrder, parseSafetensorsHeader } from './safetensorsHeader.js'
import {
  decoding,
  join,
  located,
  orThrow,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
} from './source.js'

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Text that goes with the tensors; empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface SafetensorsOptions {
  /** Text to write beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Decodes the bytes of a safetensors file.
 *
 * Gives an `Either`: tensors by name and metadata, or a `data` error. I64 and U64 become int32 and uint32, and a value
 * out of their range is an error; I16 and U16 become int32; F8 and complex dtypes are errors. Gaps, overlaps and bytes
 * after the last tensor are errors, as they are to the format's own library.
 *
 * @example
 * ```ts
 * import { io } from 'cotangent'
 * const bytes = io.encodeSafetensors({ w: { data: new Float32Array([1, 2]), shape: [2], dtype: 'float32' } })
 * const decoded = io.decodeSafetensors(bytes)
 * if (decoded._tag === 'Right') console.log(decoded.right.tensors.w?.shape) // [2]
 * ```
 */
export const decodeSafetensors = (
  bytes: Uint8Array,
  source = 'the given bytes',
): Either<DataError, Safetensors> => decodeSafetensorsOf(bytes, { operation: 'io.decodeSafetensors', source })

/** Decodes a safetensors file that messages name as `origin` says. */
export const decodeSafetensorsOf = (bytes: Uint8Array, origin: Origin): Either<DataError, Safetensors> =>
  decoding(origin, (reject) => {
    const { entries, metadata, start: body } = parseSafetensorsHeader(bytes, reject)
    const tensors = entries.map(({ name, element, shape, start, end }) => {
      const { bytes: size, dtype } = elementTypes[element]
      const data = decodeElements(element, bytes.subarray(body + start, body + end), (end - start) / size)
      if ('offset' in data)
        return reject(body + start + data.offset, `${data.expected}, in tensor '${name}'`, data.received)
      return [name, { data, shape, dtype }] as const
    })
    return { tensors: Object.fromEntries(tensors), metadata }
  })

/** A file in parts: the header, then the tensors in the order of the file, each encoded when it is asked for. */
function* parts(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const operation = 'io.encodeSafetensors'
  const items = Object.entries(tensors).map(([name, tensor]) => {
    checkHostTensor(tensor, operation)
    if (name === '__metadata__' || !isWellFormed(name))
      fail('argument', {
        operation,
        argument: 'a name',
        received: JSON.stringify(name),
        expected: "well-formed text other than '__metadata__'",
      })
    const { shape, dtype } = tensor
    return { name, dtype, shape, bytes: tensor.data.length * elementTypes[dtype].bytes, tensor }
  })
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== 'string' || !isWellFormed(key) || !isWellFormed(value))
      fail('argument', {
        operation,
        argument: `metadata['${key}']`,
        received: typeof value === 'string' ? JSON.stringify(value) : typeof value,
        expected: 'well-formed text',
        fix: 'JSON.stringify makes text of other values.',
      })
  const ordered = inFileOrder(items)
  yield formatSafetensorsHeader(ordered, metadata)
  for (const { tensor } of ordered) yield encodeElements(tensor.dtype, tensor.data)
}

/** Whether text has no lone surrogates, which UTF-8 cannot express. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/**
 * The bytes of a safetensors file with these tensors, as the format's own library writes them: wide elements first,
 * then by name. Errors: `argument` for data that does not fit its shape or dtype, and for the name `__metadata__`.
 *
 * @example
 * ```ts
 * import { io } from 'cotangent'
 * const w = { data: new Float32Array([1, 2, 3]), shape: [3], dtype: 'float32' } as const
 * const bytes = io.encodeSafetensors({ w }, { metadata: { made: 'today' } })
 * console.log(bytes.length) // 108
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  { metadata = {} }: SafetensorsOptions = {},
): Uint8Array {
  return join([...parts(tensors, metadata)])
}

/** Reads and decodes a safetensors file as a `TaskEither`; `readSafetensors` is its throwing form. */
export const loadSafetensors = (
  source: ByteSource,
  options?: ReadOptions,
): TaskEither<DataError, Safetensors> => loadFile(source, format, options)

/** Weights are not compressed, so a file cannot hold more than it takes. */
const format = {
  operation: 'io.readSafetensors',
  inflate: false,
  maxBytes: 2 ** 34,
  decode: decodeSafetensorsOf,
}

/**
 * Reads a safetensors file from a path, URL, Blob or bytes: tensors on the host by name, and metadata. `io.loadInto`
 * puts them into a tree. Throws a `data` error that names file, offset and expectation (see `decodeSafetensors`).
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const bytes = await io.toSafetensors({ layers: [{ w: np.ones([2, 2]) }] })
 * const { tensors } = await io.readSafetensors(bytes)
 * console.log(Object.keys(tensors)) // ['layers.0.w']
 * ```
 */
export const readSafetensors = (source: ByteSource, options?: ReadOptions): Promise<Safetensors> =>
  orThrow(loadSafetensors(source, options))

/**
 * The bytes of a safetensors file with the arrays of a tree, named as `io.flattenNames` names them.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const file = new Blob([new Uint8Array(await io.toSafetensors({ w: np.ones([2, 2]) }))]) // to save in a browser
 * console.log(file.size > 16) // true
 * ```
 */
export async function toSafetensors(given: unknown, options?: SafetensorsOptions): Promise<Uint8Array> {
  return encodeSafetensors(await toHostTensors(given), options)
}

/** Writes a tree to a safetensors file as a `TaskEither`; `writeSafetensors` is its throwing form. */
export const saveSafetensors = (
  path: string | URL,
  given: unknown,
  { metadata = {} }: SafetensorsOptions = {},
): TaskEither<DataError, void> =>
  located(async () => {
    const tensors = await toHostTensors(given)
    return writeFileAtomically(path, parts(tensors, metadata), 'io.writeSafetensors')()
  })

/**
 * Writes the arrays of a tree to a safetensors file (Node), named as `io.flattenNames` names them. The file is replaced
 * at once: whoever reads it, at whatever moment this process dies, finds the old file or the new one, whole.
 * Throws a `data` error where the file cannot be written.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * import { tmpdir } from 'node:os'
 * const path = `${tmpdir()}/cotangent-example.safetensors`
 * await io.writeSafetensors(path, { params: { w: np.ones([2]) } }, { metadata: { epoch: '3' } })
 * const { tree } = io.loadInto({ params: { w: np.zeros([2]) } }, (await io.readSafetensors(path)).tensors)
 * console.log(tree.params.w.js()) // [1, 1]
 * ```
 */
export const writeSafetensors = (
  path: string | URL,
  given: unknown,
  options?: SafetensorsOptions,
): Promise<void> => orThrow(saveSafetensors(path, given, options))
