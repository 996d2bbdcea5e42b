/**
 * Elements as files store them: a byte layout for each storage type ↔ numbers on the host.
 * Wider integers than the library has are narrowed, each value checked; narrower ones widen.
 */

import { hostArray, type DType, type HostArray } from '../core/dtype.js'
import {
  bfloat16ToFloat32Bits,
  float16ToFloat32Bits,
  float32BitsToBfloat16,
  float32BitsToFloat16,
} from './halves.js'

/** How one element is stored. */
export interface ElementType {
  /** What it becomes when it is read. */
  readonly dtype: DType
  readonly bytes: number
}

export const elementTypes = {
  bool: { dtype: 'bool', bytes: 1 },
  uint8: { dtype: 'uint8', bytes: 1 },
  int8: { dtype: 'int8', bytes: 1 },
  uint16: { dtype: 'int32', bytes: 2 },
  int16: { dtype: 'int32', bytes: 2 },
  float16: { dtype: 'float16', bytes: 2 },
  bfloat16: { dtype: 'bfloat16', bytes: 2 },
  uint32: { dtype: 'uint32', bytes: 4 },
  int32: { dtype: 'int32', bytes: 4 },
  float32: { dtype: 'float32', bytes: 4 },
  uint64: { dtype: 'uint32', bytes: 8 },
  int64: { dtype: 'int32', bytes: 8 },
  float64: { dtype: 'float64', bytes: 8 },
} as const satisfies Record<string, ElementType>

export type ElementName = keyof typeof elementTypes

/** An element that its dtype cannot hold. */
export interface BadElement {
  /** From the first byte of the elements. */
  readonly offset: number
  readonly expected: string
  readonly received: string
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number

/** How an element is read as a number; halves as the float32 bit pattern. */
const readers: Readonly<Record<ElementName, Reader>> = {
  bool: (view, at) => view.getUint8(at),
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at, little) => view.getUint16(at, little),
  int16: (view, at, little) => view.getInt16(at, little),
  float16: (view, at, little) => float16ToFloat32Bits(view.getUint16(at, little)),
  bfloat16: (view, at, little) => bfloat16ToFloat32Bits(view.getUint16(at, little)),
  uint32: (view, at, little) => view.getUint32(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  float32: (view, at, little) => view.getUint32(at, little),
  uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  float64: (view, at, little) => view.getFloat64(at, little),
}

const ranges: Readonly<Partial<Record<ElementName, readonly [min: number, max: number]>>> = {
  bool: [0, 1],
  uint64: [0, 2 ** 32 - 1],
  int64: [-(2 ** 31), 2 ** 31 - 1],
}

const isLittleEndianHost = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Layouts that are those of the typed arrays on this machine, apart from the order of bytes. */
const isPlain = (name: ElementName): boolean =>
  elementTypes[name].dtype === name && !/^(bool|b?float16)$/.test(name)

const bytesOf = (data: HostArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Float32 numbers by their bit patterns, other numbers as they are. */
const patterns = (data: HostArray): HostArray | Uint32Array =>
  data instanceof Float32Array ? new Uint32Array(data.buffer, data.byteOffset, data.length) : data

/** Decodes `length` elements, which `bytes` must hold, into an array of their dtype. */
export function decodeElements(
  name: ElementName,
  bytes: Uint8Array,
  length: number,
  littleEndian = true,
): HostArray | BadElement {
  const { dtype, bytes: size } = elementTypes[name]
  const data = hostArray(dtype, length)
  if (isPlain(name) && (size === 1 || littleEndian === isLittleEndianHost)) {
    bytesOf(data).set(bytes.subarray(0, length * size))
    return data
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [read, out, range] = [readers[name], patterns(data), ranges[name]]
  for (let i = 0; i < length; i++) {
    const value = read(view, i * size, littleEndian)
    if (range !== undefined && !(value >= range[0] && value <= range[1])) {
      const expected = `${name} elements from ${range[0]} to ${range[1]}, which ${dtype} holds`
      return { offset: i * size, expected, received: String(value) }
    }
    out[i] = value
  }
  return data
}

/** The bytes of numbers, little-endian, each stored as its dtype. */
export function encodeElements(dtype: DType, data: HostArray): Uint8Array {
  if (isPlain(dtype) && isLittleEndianHost) return bytesOf(data)
  const { bytes: size } = elementTypes[dtype]
  const bytes = new Uint8Array(data.length * size)
  const view = new DataView(bytes.buffer)
  const values = patterns(data)
  for (let i = 0; i < data.length; i++) writeElement(view, i * size, dtype, values[i] ?? 0)
  return bytes
}

function writeElement(view: DataView, at: number, dtype: DType, value: number): void {
  switch (dtype) {
    case 'float16':
      return view.setUint16(at, float32BitsToFloat16(value), true)
    case 'bfloat16':
      return view.setUint16(at, float32BitsToBfloat16(value), true)
    case 'bool':
      return view.setUint8(at, value === 0 ? 0 : 1)
    case 'uint8':
    case 'int8':
      return view.setUint8(at, value)
    case 'uint32':
    case 'int32':
    case 'float32':
      return view.setUint32(at, value, true)
    case 'float64':
      return view.setFloat64(at, value, true)
  }
}
