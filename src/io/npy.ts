/**
 * NumPy's .npy format: a magic string, a version, a header that is a literal of a Python dictionary, then the elements in
 * row-major or column-major order. Bytes ↔ a tensor on the host.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { hostArray, type DType, type HostArray } from '../core/dtype.js'
import { type Either, type TaskEither } from '../core/fp.js'
import { sizeOf, stridesOf, type Shape } from '../core/shape.js'
import { writeFileAtomically } from './atomicFile.js'
import { decodeElements, elementTypes, encodeElements, type ElementName } from './elements.js'
import { checkHostTensor, type HostTensor } from './host.js'
import { toHost, type SavedLeaf } from './names.js'
import { loadFile } from './reader.js'
import {
  decoding,
  join,
  located,
  orThrow,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
  type Reject,
} from './source.js'

/** Codes of element types without the order of bytes. V2 is what NumPy writes for a type it does not know. */
const elementsByCode: ReadonlyMap<string, ElementName> = new Map([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['u2', 'uint16'],
  ['i2', 'int16'],
  ['f2', 'float16'],
  ['u4', 'uint32'],
  ['i4', 'int32'],
  ['f4', 'float32'],
  ['u8', 'uint64'],
  ['i8', 'int64'],
  ['f8', 'float64'],
])

/** What is written; NumPy has no bfloat16, whose numbers float32 holds. */
const codes: Readonly<Record<DType, { readonly code: string; readonly dtype: DType }>> = {
  bool: { code: '|b1', dtype: 'bool' },
  uint8: { code: '|u1', dtype: 'uint8' },
  int8: { code: '|i1', dtype: 'int8' },
  uint32: { code: '<u4', dtype: 'uint32' },
  int32: { code: '<i4', dtype: 'int32' },
  bfloat16: { code: '<f4', dtype: 'float32' },
  float16: { code: '<f2', dtype: 'float16' },
  float32: { code: '<f4', dtype: 'float32' },
  float64: { code: '<f8', dtype: 'float64' },
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** NumPy itself refuses headers of more than 10,000 characters. */
const maxHeader = 10_000

interface Header {
  readonly element: ElementName
  readonly littleEndian: boolean
  readonly columnMajor: boolean
  readonly shape: Shape
  readonly start: number
}

function parseHeader(bytes: Uint8Array, reject: Reject): Header {
  if (bytes.length < 10) reject(bytes.length, 'a header of at least 10 bytes', 'the end of the file')
  if (magic.some((byte, i) => bytes[i] !== byte))
    reject(0, "the magic string '\\x93NUMPY'", [...bytes.subarray(0, 6)].join(' '))
  const version = bytes[6] ?? 0
  if (!(version >= 1 && version <= 3)) reject(6, 'version 1, 2 or 3', String(version))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = version === 1 ? 10 : 12
  if (bytes.length < at) reject(bytes.length, 'a header length of 4 bytes', 'the end of the file')
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > maxHeader) reject(8, `a header of at most ${maxHeader} bytes`, `a length of ${length}`)
  const start = at + length
  if (bytes.length < start) reject(bytes.length, `a header that ends at byte ${start}`, 'the end of the file')
  const text = new TextDecoder().decode(bytes.subarray(at, start))
  return { ...parseDictionary(text, at, reject), start }
}

/** The three entries, in any order; nothing else is allowed, so no parser of Python is needed. */
function parseDictionary(text: string, at: number, reject: Reject): Omit<Header, 'start'> {
  const entry =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\s,L]*\))\s*(,|(?=\}))/y
  const found = new Map<string, string>()
  const open = /^\s*\{/.exec(text)
  if (open === null) return reject(at, "a dictionary that begins with '{'", JSON.stringify(text.slice(0, 40)))
  entry.lastIndex = open[0].length
  let end = entry.lastIndex
  for (let match = entry.exec(text); match !== null; match = entry.exec(text)) {
    found.set(match[2] ?? '', match[3] ?? '')
    end = entry.lastIndex
  }
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => found.get(key) ?? '')
  if (
    !/^\s*\}\s*$/.test(text.slice(end)) ||
    !/^['"]/.test(descr ?? '') ||
    !/^[TF]/.test(order ?? '') ||
    !shape?.startsWith('(')
  )
    return reject(
      at,
      "a dictionary with 'descr' (text), 'fortran_order' and 'shape' alone",
      JSON.stringify(text.slice(0, 200)),
    )
  const code = (descr ?? '').slice(1, -1)
  const element = elementsByCode.get(code.slice(1))
  if (element === undefined || !/^[<>|=]/.test(code))
    return reject(
      at,
      `a descr that is '<', '>' or '|' and one of ${[...elementsByCode.keys()].join(', ')}`,
      descr ?? '',
    )
  return {
    element,
    littleEndian: !code.startsWith('>'),
    columnMajor: order === 'True',
    shape: parseShape(shape, at, reject),
  }
}

function parseShape(text: string, at: number, reject: Reject): Shape {
  const sizes = text
    .slice(1, -1)
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
  if (sizes.at(-1) === '') sizes.pop()
  if (!sizes.every((size) => /^\d+$/.test(size) && Number.isSafeInteger(Number(size))))
    reject(at, 'a shape of whole numbers', text)
  return sizes.map(Number)
}

/** Column-major numbers in row-major order. */
function rowMajor(data: HostArray, shape: Shape, dtype: DType): HostArray {
  const out = hostArray(dtype, data.length)
  const strides = stridesOf(shape)
  const index = new Array<number>(shape.length).fill(0)
  for (let i = 0, at = 0; i < data.length; i++) {
    out[at] = data[i] ?? 0
    // The first axis moves fastest in the file.
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis] = (index[axis] ?? 0) + 1
      at += strides[axis] ?? 0
      if (index[axis] !== shape[axis]) break
      at -= (strides[axis] ?? 0) * (shape[axis] ?? 0)
      index[axis] = 0
    }
  }
  return out
}

/** Decodes a .npy file that messages name as `origin` says. */
export const decodeNpyOf = (bytes: Uint8Array, origin: Origin): Either<DataError, HostTensor> =>
  decoding(origin, (reject) => {
    const { element, littleEndian, columnMajor, shape, start } = parseHeader(bytes, reject)
    const { dtype, bytes: size } = elementTypes[element]
    const length = sizeOf(shape)
    const end = start + length * size
    const what = `${element} of shape [${shape.join(', ')}]`
    if (!Number.isSafeInteger(end)) reject(start, 'sizes that can be counted', what)
    if (bytes.length < end) reject(bytes.length, `${end} bytes for ${what}`, 'the end of the file')
    if (bytes.length > end) reject(end, 'the end of the file', 'more bytes')
    const data = decodeElements(element, bytes.subarray(start, end), length, littleEndian)
    if ('offset' in data) return reject(start + data.offset, data.expected, data.received)
    return { data: columnMajor && shape.length > 1 ? rowMajor(data, shape, dtype) : data, shape, dtype }
  })

/**
 * Decodes the bytes of a .npy file, row-major or column-major, of either order of bytes.
 *
 * Gives an `Either`: a host tensor, or a `data` error. int64 and uint64 become int32 and uint32, and a value out of their
 * range is an error; int16 and uint16 become int32. Objects (pickles), text, dates and complex numbers are errors.
 *
 * @example
 * ```ts
 * import { io } from 'cotangent'
 * const bytes = io.encodeNpy({ data: new Float32Array([1, 2]), shape: [2], dtype: 'float32' })
 * const decoded = io.decodeNpy(bytes)
 * if (decoded._tag === 'Right') console.log(decoded.right.shape) // [2]
 * ```
 */
export const decodeNpy = (bytes: Uint8Array, source = 'the given bytes'): Either<DataError, HostTensor> =>
  decodeNpyOf(bytes, { operation: 'io.decodeNpy', source })

/**
 * The bytes of a .npy file, as NumPy writes them; bfloat16, which NumPy does not have, is written as float32.
 * Errors: `argument` for data that does not fit its shape or dtype.
 *
 * @example
 * ```ts
 * import { io } from 'cotangent'
 * console.log(io.encodeNpy({ data: new Uint8Array([7]), shape: [1], dtype: 'uint8' }).length) // 129
 * ```
 */
export function encodeNpy(tensor: HostTensor): Uint8Array {
  checkHostTensor(tensor, 'io.encodeNpy')
  const { code, dtype } = codes[tensor.dtype]
  const sizes = tensor.shape.length === 1 ? `${tensor.shape[0] ?? 0},` : tensor.shape.join(', ')
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${sizes}), }`
  // NumPy leaves room for the largest size to grow to 21 digits where files are appended to.
  const growth = tensor.shape.length === 0 ? 0 : 21 - String(tensor.shape[0] ?? 0).length
  const length = (Math.floor((10 + text.length + growth + 1) / 64) + 1) * 64
  const header = new Uint8Array(length).fill(0x20)
  header.set([...magic, 1, 0, (length - 10) & 0xff, (length - 10) >>> 8])
  header.set(new TextEncoder().encode(text), 10)
  header[length - 1] = 0x0a
  return join([header, encodeElements(dtype, tensor.data)])
}

/** Reads and decodes a .npy file, gzipped or not, as a `TaskEither`; `readNpy` is its throwing form. */
export const loadNpy = (source: ByteSource, options?: ReadOptions): TaskEither<DataError, HostTensor> =>
  loadFile(source, { operation: 'io.readNpy', inflate: true, decode: decodeNpyOf }, options)

/**
 * Reads a .npy file, gzipped or not, from a path, URL, Blob or bytes. Throws a `data` error that names file, offset and
 * expectation (see `decodeNpy`).
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const bytes = await io.toNpy(np.ones([2, 3]))
 * console.log((await io.readNpy(bytes)).shape) // [2, 3]
 * ```
 */
export const readNpy = (source: ByteSource, options?: ReadOptions): Promise<HostTensor> =>
  orThrow(loadNpy(source, options))

/**
 * The bytes of a .npy file with an array.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * console.log((await io.toNpy(np.zeros([4]))).length) // 144
 * ```
 */
export const toNpy = async (x: SavedLeaf): Promise<Uint8Array> => encodeNpy(await toHost(x))

/** Writes an array to a .npy file as a `TaskEither`; `writeNpy` is its throwing form. */
export const saveNpy = (path: string | URL, x: SavedLeaf): TaskEither<DataError, void> =>
  located(async () => writeFileAtomically(path, [await toNpy(x)], 'io.writeNpy')())

/** Writes an array to a .npy file (Node), which is replaced at once. Throws a `data` error where that fails. */
export const writeNpy = (path: string | URL, x: SavedLeaf): Promise<void> => orThrow(saveNpy(path, x))
