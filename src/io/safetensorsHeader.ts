/**
 * The header of a safetensors file: a length (uint64, little-endian), then JSON that names, for each tensor, its
 * dtype, shape and range of bytes after the header. Bytes → checked entries; entries → bytes.
 * Source: https://github.com/huggingface/safetensors (format, and the order in which its library writes).
 */

import type { DType } from '../core/dtype.js'
import { sizeOf, type Shape } from '../core/shape.js'
import { elementTypes, type ElementName } from './elements.js'
import type { Reject } from './source.js'

/** One tensor of a file. */
export interface SafetensorsEntry {
  readonly name: string
  readonly element: ElementName
  readonly shape: Shape
  /** Where its bytes begin and end, from the end of the header. */
  readonly start: number
  readonly end: number
}

export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[]
  readonly metadata: Readonly<Record<string, string>>
  /** Where the elements begin. */
  readonly start: number
}

/** The longest header that the format's own library reads. */
const maxHeader = 100_000_000

const elementsByCode: ReadonlyMap<unknown, ElementName> = new Map<string, ElementName>([
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
])

/** Codes of what is written, in the order in which the format's own library sorts tensors, the first last. */
const codes: Readonly<Record<DType, string>> = {
  bool: 'BOOL',
  uint8: 'U8',
  int8: 'I8',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  uint32: 'U32',
  float32: 'F32',
  float64: 'F64',
}
const ranks = Object.keys(codes)

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
const isSize = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0
const shown = (x: unknown): string => {
  const text = JSON.stringify(x) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Reads and checks the header of a whole file. */
export function parseSafetensorsHeader(bytes: Uint8Array, reject: Reject): SafetensorsHeader {
  const { json, start } = parseJson(bytes, reject)
  const metadata: unknown = Object.hasOwn(json, '__metadata__') ? json['__metadata__'] : {}
  if (!(isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string')))
    reject(8, '__metadata__ that maps strings to strings', shown(metadata))
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry, reject))
  checkRanges(entries, start, bytes.length, reject)
  return { entries, metadata: metadata as Readonly<Record<string, string>>, start }
}

function parseJson(bytes: Uint8Array, reject: Reject) {
  if (bytes.length < 8) reject(bytes.length, 'a header length of 8 bytes', 'the end of the file')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeader) reject(0, `a header of at most ${maxHeader} bytes`, `a length of ${length}`)
  const start = 8 + length
  if (bytes.length < start) reject(bytes.length, `a header that ends at byte ${start}`, 'the end of the file')
  if (bytes[8] !== 0x7b || length === 0)
    reject(8, "a header that begins with '{'", `${bytes[8] ?? 'its end'}`)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
  } catch (cause) {
    reject(8, 'a header of JSON in UTF-8', cause instanceof Error ? cause.message : String(cause), cause)
  }
  return isRecord(json) ? { json, start } : reject(8, 'a JSON object', shown(json))
}

function parseEntry(name: string, entry: unknown, reject: Reject): SafetensorsEntry {
  const what = `of tensor ${shown(name)}`
  if (!isRecord(entry)) return reject(8, `an object with dtype, shape and data_offsets ${what}`, shown(entry))
  const { dtype, shape, data_offsets: offsets } = entry
  const element = elementsByCode.get(dtype)
  if (element === undefined)
    return reject(8, `a dtype ${what} that is one of ${[...elementsByCode.keys()].join(', ')}`, shown(dtype))
  if (!(Array.isArray(shape) && shape.every(isSize)))
    return reject(8, `a shape ${what} of whole numbers >= 0`, shown(shape))
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize)))
    return reject(8, `data_offsets ${what} that are two whole numbers >= 0`, shown(offsets))
  const [start, end] = offsets as [number, number]
  const size = sizeOf(shape) * elementTypes[element].bytes
  if (end - start !== size)
    return reject(
      8,
      `data_offsets ${what} ${size} bytes apart (${String(dtype)} ${shown(shape)})`,
      shown(offsets),
    )
  return { name, element, shape, start, end }
}

/** Tensors follow each other without gaps or overlaps, from the header to the end of the file. */
function checkRanges(
  entries: readonly SafetensorsEntry[],
  start: number,
  length: number,
  reject: Reject,
): void {
  let at = 0
  for (const entry of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== at)
      reject(
        8,
        `tensor ${shown(entry.name)} at offset ${at}, where the one before it ends`,
        String(entry.start),
      )
    at = entry.end
  }
  if (start + at > length)
    reject(length, `${start + at} bytes, as the header announces`, 'the end of the file')
  if (start + at < length) reject(start + at, 'the end of the file', 'more bytes')
}

/** What a header has to say of a tensor that is to be written. */
export interface SafetensorsItem {
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  readonly bytes: number
}

/** The order in which tensors are written: wide elements first, so that all are aligned, then by name in UTF-8. */
export function inFileOrder<T extends SafetensorsItem>(items: readonly T[]): T[] {
  const encoder = new TextEncoder()
  const keyed = items.map((item) => ({ item, key: encoder.encode(item.name) }))
  keyed.sort(
    (a, b) => ranks.indexOf(b.item.dtype) - ranks.indexOf(a.item.dtype) || compareBytes(a.key, b.key),
  )
  return keyed.map(({ item }) => item)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** The bytes of a header for tensors in the order of `items`; padded with spaces to a multiple of 8. */
export function formatSafetensorsHeader(
  items: readonly SafetensorsItem[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0
  // Written piece by piece: an object would move names that are whole numbers to the front.
  const fields = items.map(({ name, dtype, shape, bytes }) => {
    const entry = { dtype: codes[dtype], shape, data_offsets: [at, (at += bytes)] }
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`
  })
  if (Object.keys(metadata).length > 0) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`)
  const json = new TextEncoder().encode(`{${fields.join(',')}}`)
  const length = Math.ceil(json.length / 8) * 8
  const header = new Uint8Array(8 + length).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true)
  header.set(json, 8)
  return header
}
