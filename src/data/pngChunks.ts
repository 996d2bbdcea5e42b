/**
 * The chunks of a PNG file, checked before anything is decoded: order, checksums, dimensions, and that the compressed part
 * inflates to as many bytes as the dimensions need, no more and no fewer. Bytes → header and the chunks that matter.
 * Source: PNG specification, https://www.w3.org/TR/png-3/
 */

import { crc32 } from '../io/crc32.js'
import type { Reject } from '../io/source.js'

export interface PngHeader {
  readonly width: number
  readonly height: number
  /** Bits of a sample, or of an index into the palette. */
  readonly depth: number
  /** 0: grey, 2: RGB, 3: palette, 4: grey with alpha, 6: RGB with alpha */
  readonly color: number
  readonly interlaced: boolean
}

export interface PngChunk {
  readonly type: string
  /** Where the chunk begins: its length, its type, then its content. */
  readonly start: number
  readonly content: Uint8Array
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const depths: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])
/** Samples of a pixel as they are stored. */
export const samples = (color: number): number => [1, 0, 3, 1, 2, 0, 4][color] ?? 0

/** The chunks of a file in order, each within it and with the right checksum, up to its end. */
function chunksOf(bytes: Uint8Array, reject: Reject): PngChunk[] {
  if (bytes.length < 8 || signature.some((byte, i) => bytes[i] !== byte))
    reject(0, 'the signature of a PNG file', [...bytes.subarray(0, 8)].join(' '))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks: PngChunk[] = []
  for (let at = 8; at < bytes.length;) {
    if (at + 12 > bytes.length) reject(bytes.length, 'a whole chunk', 'the end of the file')
    const length = view.getUint32(at)
    const end = at + 12 + length
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (!/^[A-Za-z]{4}$/.test(type)) reject(at + 4, 'the type of a chunk, four letters', JSON.stringify(type))
    if (end > bytes.length)
      reject(bytes.length, `a chunk ${type} that ends at byte ${end}`, 'the end of the file')
    const [sum, expected] = [crc32(bytes.subarray(at + 4, end - 4)), view.getUint32(end - 4)]
    if (sum !== expected) reject(end - 4, `the checksum ${sum} of chunk ${type}`, String(expected))
    chunks.push({ type, start: at, content: bytes.subarray(at + 8, end - 4) })
    at = end
    if (type !== 'IEND') continue
    if (at < bytes.length) reject(at, 'the end of the file', 'more bytes')
    return chunks
  }
  return reject(bytes.length, 'a chunk IEND', 'the end of the file')
}

function parseHeader(chunk: PngChunk | undefined, reject: Reject): PngHeader {
  if (chunk === undefined || chunk.type !== 'IHDR' || chunk.content.length !== 13)
    return reject(8, 'a chunk IHDR of 13 bytes', chunk?.type ?? 'none')
  const { content } = chunk
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth = 0, color = 0, compression, filter, interlace = 0] = content.subarray(8)
  if (width === 0 || height === 0) reject(16, 'a width and a height >= 1', `${width} × ${height}`)
  if (depths.get(color)?.includes(depth) !== true)
    reject(
      24,
      'a color type 0, 2, 3, 4 or 6 and a depth that goes with it',
      `color type ${color}, depth ${depth}`,
    )
  if (compression !== 0 || filter !== 0 || interlace > 1)
    reject(26, 'compression 0, filter 0, interlace 0 or 1', [...content.subarray(10)].join(', '))
  return { width, height, depth, color, interlaced: interlace === 1 }
}

/** x and y of the first pixel of each pass of an interlaced image, and the steps between pixels. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** How many bytes the image has before compression: each row, of each pass, begins with its filter. */
function inflatedBytes({ width, height, depth, color, interlaced }: PngHeader): number {
  const image = (w: number, h: number): number =>
    w > 0 ? h * (1 + Math.ceil((w * depth * samples(color)) / 8)) : 0
  if (!interlaced) return image(width, height)
  return passes.reduce(
    (sum, [x, y, dx, dy]) =>
      sum + image(Math.ceil((width - x) / dx), Math.max(0, Math.ceil((height - y) / dy))),
    0,
  )
}

/** The few bytes at a time that are inflated, so that they become some megabytes at most. */
const piece = 4096

export interface CheckedPng {
  readonly header: PngHeader
  /** IHDR, PLTE, tRNS, IDAT and IEND, in order. */
  readonly chunks: readonly PngChunk[]
  readonly palette: PngChunk | undefined
  readonly transparency: PngChunk | undefined
}

/** Makes something that inflates what is pushed and hands the result, part by part, to `take`. */
export type Inflater = (take: (part: Uint8Array) => void) => {
  push(part: Uint8Array, isLast: boolean): void
}

/** Checks a PNG file whose pixels take at most `maxBytes`. */
export function checkPng(
  bytes: Uint8Array,
  maxBytes: number,
  inflater: Inflater,
  reject: Reject,
): CheckedPng {
  const all = chunksOf(bytes, reject)
  const header = parseHeader(all[0], reject)
  // Up to four channels come of a palette, and samples of 16 bits widen to 32.
  const size =
    header.width *
    header.height *
    Math.max(samples(header.color), header.color === 3 ? 4 : 1) *
    (header.depth === 16 ? 4 : 1)
  if (size > maxBytes)
    reject(
      16,
      `an image of at most ${maxBytes} bytes`,
      `${header.width} × ${header.height} pixels, ${size} bytes`,
    )
  if (header.interlaced && header.depth < 8)
    reject(28, 'an image of fewer than 8 bits a sample that is not interlaced', 'interlace 1')
  const chunks = all.filter(({ type, start }, i) => {
    if (type === 'IHDR' && i > 0) reject(start, 'one chunk IHDR', 'another')
    if (['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type)) return true
    // Others may be left out unless their first letter is a capital.
    return type.charAt(0) < 'a' ? reject(start, 'a chunk that is known', type) : false
  })
  checkOrder(chunks, reject)
  const palette = chunks.find(({ type }) => type === 'PLTE')
  const transparency = chunks.find(({ type }) => type === 'tRNS')
  checkPalette(header, palette, transparency, reject)
  checkData(
    header,
    chunks.filter(({ type }) => type === 'IDAT'),
    inflater,
    reject,
  )
  return { header, chunks, palette, transparency }
}

/** PLTE, then tRNS, at most one of each, then IDAT without anything between. */
function checkOrder(chunks: readonly PngChunk[], reject: Reject): void {
  const rank = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']
  let before = 0
  for (const { type, start } of chunks) {
    const here = rank.indexOf(type)
    if (here < before || (here === before && type !== 'IDAT' && type !== 'IHDR'))
      reject(start, 'chunks PLTE, tRNS, IDAT and IEND in this order', `${type} after ${rank[before] ?? ''}`)
    before = here
  }
}

function checkPalette(
  { color }: PngHeader,
  palette: PngChunk | undefined,
  transparency: PngChunk | undefined,
  reject: Reject,
): void {
  const entries = (palette?.content.length ?? 0) / 3
  if (palette !== undefined && !(Number.isInteger(entries) && entries >= 1 && entries <= 256))
    reject(palette.start, 'a palette of 1 to 256 colors of 3 bytes', `${palette.content.length} bytes`)
  if (color === 3 && palette === undefined) reject(8, 'a chunk PLTE with the palette', 'none')
  if (transparency === undefined) return
  const { content, start } = transparency
  const fits =
    color === 3 ? content.length <= entries : content.length === (color === 0 ? 2 : color === 2 ? 6 : -1)
  if (!fits) reject(start, `a chunk tRNS that fits color type ${color}`, `one of ${content.length} bytes`)
}

function checkData(header: PngHeader, data: readonly PngChunk[], inflater: Inflater, reject: Reject): void {
  const expected = inflatedBytes(header)
  const [first] = data
  if (first === undefined) return reject(8, 'a chunk IDAT', 'none')
  const compressed = data.reduce((sum, { content }) => sum + content.length, 0)
  const what = `data that inflates to ${expected} bytes`
  // Deflate makes at most 1032 bytes of one.
  if (expected > compressed * 1032) reject(first.start, what, `${compressed} bytes, which inflate to fewer`)
  let length = 0
  const inflate = inflater((part) => void (length += part.length))
  for (const { content, start } of data)
    for (let at = 0; at < content.length; at += piece) {
      try {
        inflate.push(content.subarray(at, at + piece), false)
      } catch (cause) {
        reject(
          start + 8 + at,
          'data that can be inflated',
          cause instanceof Error ? cause.message : String(cause),
          cause,
        )
      }
      if (length > expected) reject(start + 8 + at, what, 'more')
    }
  try {
    inflate.push(new Uint8Array(0), true)
  } catch (cause) {
    reject(first.start, what, cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (length !== expected) reject(first.start, what, `${length}`)
}
