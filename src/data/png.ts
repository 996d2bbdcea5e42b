/**
 * PNG images: bytes ↔ a tensor [height, width, channels] on the host. The file is checked first (pngChunks.ts), then
 * decoded by fast-png, which is loaded when the first image is.
 */

import { fail } from '../core/errors.js'
import type { TaskEither } from '../core/fp.js'
import { writeFileAtomically } from '../io/atomicFile.js'
import { checkHostTensor, type HostTensor } from '../io/host.js'
import { toHost, type SavedLeaf } from '../io/names.js'
import { loadFile } from '../io/reader.js'
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
} from '../io/source.js'
import { checkPng, samples, type CheckedPng } from './pngChunks.js'

export interface PngOptions extends ReadOptions {
  /**
   * The channels of the result: 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha). Default: those of the
   * file. Grey is 0.299 R + 0.587 G + 0.114 B; alpha that is not there is opaque, alpha that is not wanted is left out.
   */
  readonly channels?: 1 | 2 | 3 | 4
}

/** Samples of the pixels, `channels` of each. */
interface Pixels {
  readonly data: Uint8Array | Uint16Array
  readonly channels: number
}

/** Samples of fewer than 8 bits, each in a byte of its own. Rows begin with a byte of theirs. */
function unpack(packed: Uint8Array | Uint16Array, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height)
  const [perByte, stride, mask] = [8 / depth, Math.ceil((width * depth) / 8), 2 ** depth - 1]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const byte = packed[y * stride + Math.floor(x / perByte)] ?? 0
      out[y * width + x] = (byte >> (8 - depth * ((x % perByte) + 1))) & mask
    }
  return out
}

/** The colors of indices into the palette, with alpha if one of them has any. */
function colors(
  indices: Uint8Array | Uint16Array,
  { palette, transparency }: CheckedPng,
  reject: Reject,
): Pixels {
  const rgb = palette?.content ?? new Uint8Array(0)
  const channels = transparency === undefined ? 3 : 4
  const data = new Uint8Array(indices.length * channels)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0
    if (index * 3 >= rgb.length)
      reject(palette?.start ?? 0, `a palette of more than ${index} colors`, String(rgb.length / 3))
    for (let c = 0; c < 3; c++) data[i * channels + c] = rgb[3 * index + c] ?? 0
    if (transparency !== undefined) data[i * 4 + 3] = transparency.content[index] ?? 255
  }
  return { data, channels }
}

/** Adds alpha: 0 where a pixel has the one color that the file declares transparent. */
function keyed({ data, channels }: Pixels, key: Uint8Array, scale: number): Pixels {
  const color = Array.from(
    { length: channels },
    (_, c) => ((key[2 * c] ?? 0) * 256 + (key[2 * c + 1] ?? 0)) * scale,
  )
  const count = data.length / channels
  const out =
    data instanceof Uint8Array
      ? new Uint8Array(count * (channels + 1))
      : new Uint16Array(count * (channels + 1))
  const opaque = data instanceof Uint8Array ? 255 : 65535
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) out[i * (channels + 1) + c] = data[i * channels + c] ?? 0
    const isKey = color.every((value, c) => data[i * channels + c] === value)
    out[i * (channels + 1) + channels] = isKey ? 0 : opaque
  }
  return { data: out, channels: channels + 1 }
}

/** What fast-png decoded as samples of 8 or 16 bits. */
function pixels(decoded: Uint8Array | Uint16Array, checked: CheckedPng, reject: Reject): Pixels {
  const { header, transparency } = checked
  const { width, height, depth, color } = header
  const data = depth < 8 ? unpack(decoded, width, height, depth) : decoded
  if (color === 3) return colors(data, checked, reject)
  // 1, 2 and 4 bits are spread over 0 … 255.
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1
  const plain = { data: scale === 1 ? data : data.map((x) => x * scale), channels: samples(color) }
  return transparency === undefined ? plain : keyed(plain, transparency.content, scale)
}

/** Pixels with the channels that are wanted. */
function convert({ data, channels }: Pixels, wanted: number): Uint8Array | Uint16Array {
  if (channels === wanted) return data
  const count = data.length / channels
  const out = data instanceof Uint8Array ? new Uint8Array(count * wanted) : new Uint16Array(count * wanted)
  const opaque = data instanceof Uint8Array ? 255 : 65535
  const hasAlpha = channels % 2 === 0
  for (let i = 0; i < count; i++) {
    const at = i * channels
    const [r, g, b] =
      channels < 3 ? [0, 0, 0].map(() => data[at] ?? 0) : [0, 1, 2].map((c) => data[at + c] ?? 0)
    const grey = channels < 3 ? (r ?? 0) : Math.round(0.299 * (r ?? 0) + 0.587 * (g ?? 0) + 0.114 * (b ?? 0))
    const color = wanted < 3 ? [grey] : [r, g, b]
    const alpha = hasAlpha ? data[at + channels - 1] : opaque
    ;[...color, alpha].slice(0, wanted).forEach((x, c) => (out[i * wanted + c] = x ?? 0))
  }
  return out
}

/** Decodes a PNG file as a `TaskEither`; `readPng` is its throwing form. */
export const loadPng = (source: ByteSource, options: PngOptions = {}): TaskEither<DataError, HostTensor> =>
  loadFile(
    source,
    {
      operation: 'data.readPng',
      inflate: false,
      decode: (bytes, origin, maxBytes) => decodePng(bytes, origin, maxBytes, options.channels),
    },
    options,
  )

async function decodePng(bytes: Uint8Array, origin: Origin, maxBytes: number, wanted?: number) {
  const [{ Unzlib }, { decode }] = await Promise.all([import('fflate'), import('fast-png')])
  return decoding<HostTensor>(origin, (reject) => {
    const checked = checkPng(bytes, maxBytes, (take) => new Unzlib(take), reject)
    const { width, height } = checked.header
    // Nothing but what was checked: other chunks may be compressed too.
    const kept = checked.chunks.map(({ start, content }) =>
      bytes.subarray(start, start + 12 + content.length),
    )
    let image: Pixels
    try {
      image = pixels(asBytes(decode(join([bytes.subarray(0, 8), ...kept])).data), checked, reject)
    } catch (cause) {
      if (!(cause instanceof Error) || 'detail' in cause) throw cause
      return reject(8, 'an image that can be decoded', cause.message, cause)
    }
    const channels = wanted ?? image.channels
    const data = convert(image, channels)
    const shape = [height, width, channels]
    return data instanceof Uint8Array
      ? { data, shape, dtype: 'uint8' }
      : { data: Int32Array.from(data), shape, dtype: 'int32' }
  })
}

const asBytes = (data: Uint8Array | Uint8ClampedArray | Uint16Array): Uint8Array | Uint16Array =>
  data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer) : data

/**
 * Reads a PNG image from a path, URL, Blob or bytes: [height, width, channels] on the host, uint8 from 0 to 255, or int32
 * from 0 to 65535 for images of 16 bits. Grey, RGB, with alpha or without, palettes of any size; interlaced ones from 8
 * bits on. Ancillary chunks (color profiles, text) are ignored. Throws a `data` error that names file, offset and
 * expectation: checksums, dimensions beyond `maxBytes`, data that inflates to more or less than the dimensions need.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const png = await data.toPng({ data: new Uint8Array([0, 255, 128, 7]), shape: [2, 2], dtype: 'uint8' })
 * const image = await data.readPng(png)
 * console.log(image.shape, image.data) // [2, 2, 1] [0, 255, 128, 7]
 * ```
 */
export const readPng = (source: ByteSource, options?: PngOptions): Promise<HostTensor> =>
  orThrow(loadPng(source, options))

/**
 * The bytes of a PNG image of an array [height, width] or [height, width, channels] with 1 to 4 channels: uint8 as it is,
 * other integers as 16 bits, floats from 0 to 1 as 8 bits (values outside are cut off), bool as black and white.
 * Errors: `shape` for other shapes, `argument` for integers that do not fit.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const gradient = np.linspace(0, 1, 64).reshape([1, 64]).mul(np.ones([64, 1]))
 * const bytes = await data.toPng(gradient)
 * console.log((await data.readPng(bytes)).shape) // [64, 64, 1]
 * ```
 */
export async function toPng(image: Exclude<SavedLeaf, number | boolean>): Promise<Uint8Array> {
  const operation = 'data.toPng'
  const tensor = await toHost(image)
  checkHostTensor(tensor, operation)
  const [height = 0, width = 0, channels = 1] = tensor.shape
  if (![2, 3].includes(tensor.shape.length) || !(height > 0 && width > 0 && channels >= 1 && channels <= 4))
    fail('shape', {
      operation,
      shapes: [tensor.shape],
      expected: '[height, width] or [height, width, channels] with 1 to 4 channels',
    })
  const data = toSamples(tensor, operation)
  const { encode } = await import('fast-png')
  return encode({ width, height, channels, data, depth: data instanceof Uint8Array ? 8 : 16 })
}

function toSamples({ data, dtype }: HostTensor, operation: string): Uint8Array | Uint16Array {
  if (dtype === 'bool') return Uint8Array.from(data, (x) => (x === 0 ? 0 : 255))
  if (data instanceof Uint8Array) return data
  if (data instanceof Float32Array || data instanceof Float64Array)
    return Uint8Array.from(data, (x: number) =>
      Math.round(255 * Math.min(1, Math.max(0, Number.isNaN(x) ? 0 : x))),
    )
  return Uint16Array.from(data, (x: number) =>
    x >= 0 && x <= 65535
      ? x
      : fail('argument', {
          operation,
          argument: 'a sample',
          received: String(x),
          expected: 'an integer from 0 to 65535',
        }),
  )
}

/** Writes an image to a PNG file as a `TaskEither`; `writePng` is its throwing form. */
export const savePng = (
  path: string | URL,
  image: Exclude<SavedLeaf, number | boolean>,
): TaskEither<DataError, void> =>
  located(async () => writeFileAtomically(path, [await toPng(image)], 'data.writePng')())

/** Writes an image, as `toPng` encodes it, to a file (Node). Throws a `data` error where that fails. */
export const writePng = (path: string | URL, image: Exclude<SavedLeaf, number | boolean>): Promise<void> =>
  orThrow(savePng(path, image))
