/**
 * Zip archives, as far as .npz needs them: the directory at the end is checked before anything is inflated, and every entry
 * against its size and checksum. Inflating and writing is fflate's.
 * Source: PKWARE's APPNOTE.TXT, 4.3.
 */

import { crc32 } from './crc32.js'
import type { Reject } from './source.js'

interface ZipEntry {
  readonly name: string
  /** 0: stored, 8: deflated */
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  /** Where its local header begins. */
  readonly offset: number
}

const directoryEnd = 0x06054b50
const directoryEntry = 0x02014b50
const localHeader = 0x04034b50
/** Deflate makes at most this of one byte. */
const maxRatio = 1032

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The entries of an archive, which together have at most `maxBytes`. */
function directory(bytes: Uint8Array, maxBytes: number, reject: Reject): ZipEntry[] {
  const view = viewOf(bytes)
  const end = findEnd(view)
  if (end < 0) return reject(bytes.length, 'the end record of a zip archive', 'none')
  const count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === 0xffffffff) reject(end, 'an archive of less than 4 GiB', 'zip64')
  const entries: ZipEntry[] = []
  let total = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== directoryEntry)
      return reject(Math.min(at, bytes.length), `entry ${i + 1} of ${count} of the zip directory`, 'none')
    const length = view.getUint16(at + 28, true)
    const next = at + 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > end) return reject(at, 'an entry that ends before the directory does', `an end at ${next}`)
    const entry = {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    }
    if (view.getUint16(at + 8, true) & 1) reject(at + 8, 'an entry that is not encrypted', entry.name)
    total += entry.size
    if (total > maxBytes) reject(at + 24, `entries of at most ${maxBytes} bytes`, `at least ${total}`)
    entries.push(entry)
    at = next
  }
  return entries
}

/** Where the end record is: before a comment that reaches to the end of the file. */
function findEnd(view: DataView): number {
  const last = view.byteLength - 22
  for (let at = last; at >= Math.max(0, last - 0xffff); at--)
    if (view.getUint32(at, true) === directoryEnd && view.getUint16(at + 20, true) === last - at) return at
  return -1
}

/** The compressed bytes of an entry. */
function rawBytes(bytes: Uint8Array, { name, offset, compressed }: ZipEntry, reject: Reject): Uint8Array {
  const view = viewOf(bytes)
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== localHeader)
    return reject(Math.min(offset, bytes.length), `the local header of ${name}`, 'none')
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  if (start + compressed > bytes.length)
    return reject(bytes.length, `${compressed} bytes of ${name} from ${start} on`, 'the end of the file')
  return bytes.subarray(start, start + compressed)
}

/** Inflates at most `size` bytes, and one more where there are more. */
type Inflate = (bytes: Uint8Array, options: { readonly out: Uint8Array }) => Uint8Array

function content(bytes: Uint8Array, entry: ZipEntry, inflate: Inflate, reject: Reject): Uint8Array {
  const { name, method, compressed, size, offset } = entry
  const raw = rawBytes(bytes, entry, reject)
  if (method !== 0 && method !== 8)
    return reject(offset, `${name} stored or deflated`, `compression method ${method}`)
  if (size > compressed * maxRatio)
    return reject(offset, `${name} of at most ${compressed * maxRatio} bytes, inflated`, String(size))
  let data = raw
  if (method === 8)
    try {
      data = inflate(raw, { out: new Uint8Array(size + 1) })
    } catch (cause) {
      return reject(
        offset,
        `a deflated ${name}`,
        cause instanceof Error ? cause.message : String(cause),
        cause,
      )
    }
  if (data.length !== size)
    return reject(offset, `${size} bytes of ${name}`, data.length > size ? 'more' : String(data.length))
  const sum = crc32(data)
  if (sum !== entry.crc) reject(offset, `the checksum ${entry.crc} for ${name}`, String(sum))
  return data
}

/** The contents of an archive by name, one after the other. */
export function* unzip(
  bytes: Uint8Array,
  maxBytes: number,
  inflate: Inflate,
  reject: Reject,
): Generator<{ readonly name: string; readonly data: Uint8Array; readonly offset: number }> {
  const seen = new Set<string>()
  for (const entry of directory(bytes, maxBytes, reject)) {
    if (seen.has(entry.name)) reject(entry.offset, 'entries with different names', `${entry.name} again`)
    seen.add(entry.name)
    yield { name: entry.name, data: content(bytes, entry, inflate, reject), offset: entry.offset }
  }
}
