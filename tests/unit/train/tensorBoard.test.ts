// Event files: the bytes that TensorBoard reads. fixtures were read by the real one, see data/readEvents.py.

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { data, numpy as np, train, type NDArray } from '../../../src/index.js'
import { crc32c, maskedCrc32c } from '../../../src/train/crc32c.js'
import { encodeEvent, type Event } from '../../../src/train/tensorBoard/events.js'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const file = (name: string): string => fileURLToPath(new URL(`data/${name}`, import.meta.url))

describe('crc32c', () => {
  it('has the values of RFC 3720', () => {
    expect(crc32c(ascii('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  })

  it('goes on from a prefix', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(crc32c(b, crc32c(a))).toBe(crc32c(Uint8Array.from([...a, ...b])))
      }),
    )
  })

  it('is masked as record files have it', () => {
    // The mask of TensorFlow's own test, crc32c_test.cc: unmasking gives the checksum back.
    const masked = maskedCrc32c(ascii('foo'))
    const rotated = (masked - 0xa282ead8) >>> 0
    expect(((rotated << 15) | (rotated >>> 17)) >>> 0).toBe(crc32c(ascii('foo')))
    expect(masked).not.toBe(crc32c(ascii('foo')))
  })
})

/** What fixture `events.out.tfevents.0000000001.cotangent` was made of. */
const events: readonly Event[] = [
  { kind: 'version', wallTime: 1.5 },
  { kind: 'start', wallTime: 2, step: 3 },
  { kind: 'scalars', wallTime: 2.25, step: 3, values: { loss: 0.5, accuracy: 0.75 } },
  { kind: 'scalars', wallTime: 3, step: 300, values: { loss: 1e-8, 'batch/loss': -Infinity } },
  { kind: 'scalars', wallTime: 4, step: 2 ** 40, values: { loss: NaN, präzision: 1 } },
]

describe('event files', () => {
  it('are those that TensorBoard was seen to read', () => {
    const bytes = Buffer.concat(events.map(encodeEvent))
    expect(bytes.equals(readFileSync(file('events.out.tfevents.0000000001.cotangent')))).toBe(true)
  })

  it('are written for training and validation', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cotangent-board-'))
    const rows = data.fromArrays(np.array([1, 2, 3, 4]))
    await train.fit({
      data: rows,
      validation: rows,
      state: np.array(0.5),
      step: (sum: NDArray, x: NDArray) => [sum.add(x.sum()), { loss: x.mean() }],
      evaluateStep: (sum: NDArray) => ({ loss: sum }),
      batchSize: 2,
      epochs: 2,
      callbacks: [train.tensorBoard(folder)],
    })
    expect(readdirSync(folder).sort()).toEqual(['train', 'validation'])
    for (const [name, losses] of [
      ['train', [2.5, 2.5]],
      ['validation', [10.5, 20.5]],
    ] as const) {
      const [path = ''] = readdirSync(join(folder, name))
      // A slow run tells of single batches too.
      const all = splitRecords(readFileSync(join(folder, name, path)))
      const records = all.filter((record) => !record.includes('batch/loss'))
      expect(records).toHaveLength(3)
      records.slice(1).forEach((record, i) => {
        const wallTime = new DataView(record.buffer, record.byteOffset + 12).getFloat64(1, true)
        const expected: Event = {
          kind: 'scalars',
          wallTime,
          step: 2 * (i + 1),
          values: { loss: losses[i] ?? NaN },
        }
        expect([...record]).toEqual([...encodeEvent(expected)])
      })
    }
  })
})

function splitRecords(bytes: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 16 + Number(bytes.readBigUInt64LE(at))
    records.push(bytes.subarray(at, at + length))
    at += length
  }
  return records
}
