/**
 * TensorBoard's event files: scalars → records of protocol buffers, each framed by its length and two checksums.
 * Source: tensorflow/core/util/event.proto, summary.proto; lib/io/record_writer.cc.
 */

import { maskedCrc32c } from '../crc32c.js'

/** What one record says: the version of the file, that a run starts at a step, or scalars of a step. */
export type Event =
  | { readonly kind: 'version'; readonly wallTime: number }
  | { readonly kind: 'start'; readonly wallTime: number; readonly step: number }
  | {
      readonly kind: 'scalars'
      readonly wallTime: number
      readonly step: number
      readonly values: Readonly<Record<string, number>>
    }

/** Bytes of a field, after its number and wire type. */
type Field = readonly number[]

const varint = (value: number): Field => {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}

const tag = (field: number, wireType: 0 | 1 | 2 | 5): number => (field << 3) | wireType
const integer = (field: number, value: number): Field => [tag(field, 0), ...varint(value)]
const bytes = (field: number, value: Iterable<number>): Field => {
  const content = [...value]
  return [tag(field, 2), ...varint(content.length), ...content]
}
const text = (field: number, value: string): Field => bytes(field, new TextEncoder().encode(value))
const double = (field: number, value: number): Field => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value, true)
  return [tag(field, 1), ...new Uint8Array(view.buffer)]
}
const float = (field: number, value: number): Field => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value, true)
  return [tag(field, 5), ...new Uint8Array(view.buffer)]
}

/** The message `Event`, its fields in the order of their numbers. */
function message(event: Event): Uint8Array {
  const time = double(1, event.wallTime)
  if (event.kind === 'version') return Uint8Array.from([...time, ...text(3, 'brain.Event:2')])
  const head = [...time, ...integer(2, event.step)]
  // SessionLog { status: START }: what an earlier run wrote of later steps no longer counts.
  if (event.kind === 'start') return Uint8Array.from([...head, ...bytes(7, integer(1, 1))])
  const values = Object.entries(event.values).flatMap(([name, value]) => [
    ...bytes(1, [...text(1, name), ...float(2, value)]),
  ])
  return Uint8Array.from([...head, ...bytes(5, values)])
}

/** An event as a record: length, its checksum, the message, its checksum. */
export function encodeEvent(event: Event): Uint8Array<ArrayBuffer> {
  const content = message(event)
  const record = new Uint8Array(content.length + 16)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(content.length), true)
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true)
  record.set(content, 12)
  view.setUint32(12 + content.length, maskedCrc32c(content), true)
  return record
}
