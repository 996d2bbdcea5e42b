// The IDX reader: every element type, gzip, and a typed error for anything malformed.

import * as fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { CotangentError } from '../../../src/core/errors.js'
import { E } from '../../../src/core/fp.js'
import { sizeOf } from '../../../src/core/shape.js'
import { truncations } from '../../support/damage.js'
import { decodeIdx, loadIdx, readIdx, readLabelledIdx } from '../../../src/data/idx.js'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-idx-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An IDX file with elements of one byte. */
function idx(shape: readonly number[], elements: readonly number[], type = 8): Uint8Array<ArrayBuffer> {
  const sizes = shape.flatMap((n) => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...elements])
}

async function failure(task: Promise<unknown>): Promise<CotangentError<'data'>> {
  const error: unknown = await task.then(
    () => 'no error',
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(CotangentError)
  expect((error as CotangentError).code).toBe('data')
  return error as CotangentError<'data'>
}

describe('decoding', () => {
  it('reads bytes and their shape', () => {
    expect(decodeIdx(idx([2, 3], [1, 2, 3, 4, 5, 255]))).toMatchObject({
      _tag: 'Right',
      right: { shape: [2, 3], dtype: 'uint8', data: Uint8Array.of(1, 2, 3, 4, 5, 255) },
    })
  })

  it.each([
    [0x09, [0xff], 'int8', Int8Array.of(-1)],
    [0x0b, [0xff, 0xfe], 'int32', Int32Array.of(-2)],
    [0x0c, [0x01, 0x00, 0x00, 0x02], 'int32', Int32Array.of(0x01000002)],
    [0x0d, [0x3f, 0xc0, 0, 0], 'float32', Float32Array.of(1.5)],
    [0x0e, [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], 'float64', Float64Array.of(-1.5)],
  ])('reads big-endian elements of type %i', (type, bytes, dtype, data) => {
    expect(decodeIdx(idx([1], bytes, type))).toMatchObject({ right: { dtype, data } })
  })

  it('reads what it is given at an offset of a larger buffer', () => {
    const file = idx([2], [7, 8])
    const whole = new Uint8Array(file.length + 5)
    whole.set(file, 3)
    expect(decodeIdx(whole.subarray(3, 3 + file.length))).toMatchObject({
      right: { data: Uint8Array.of(7, 8) },
    })
  })
})

describe('sources', () => {
  const file = idx([3], [4, 5, 6])
  const plain = join(folder, 'plain')
  const zipped = join(folder, 'zipped.gz')
  writeFileSync(plain, file)
  writeFileSync(zipped, gzipSync(file))

  it.each([
    ['bytes', file],
    ['an ArrayBuffer', file.buffer],
    ['a Blob', new Blob([gzipSync(file)])],
    ['a path', plain],
    ['a gzipped file', zipped],
    ['a file URL', new URL(`file://${zipped}`)],
  ])('reads %s', async (_, source) => {
    expect((await readIdx(source)).data).toEqual(Uint8Array.of(4, 5, 6))
  })

  it('gives an Either from loadIdx', async () => {
    expect(await loadIdx(plain)()).toMatchObject({ _tag: 'Right' })
    expect(await loadIdx(join(folder, 'absent'))()).toMatchObject({ _tag: 'Left', left: { code: 'data' } })
  })
})

describe('malformed files', () => {
  it('names file, offset and expectation of a wrong magic number', async () => {
    const path = join(folder, 'magic')
    writeFileSync(path, Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0))
    const error = await failure(readIdx(path))
    expect(error.message).toContain(
      `data.readIdx: ${path}, byte 0: expected an IDX magic number 0x0000TTNN with type TT one of 08, 09, 0b, 0c, 0d, 0e, got 0x00000701.`,
    )
  })

  it('says where a file ends too early', async () => {
    const error = await failure(readIdx(idx([2, 2], [1, 2, 3]), { name: 'images' }))
    expect(error.message).toContain(
      'images, byte 15: expected 16 bytes for uint8 of shape [2, 2], got the end of the file after 15.',
    )
    expect((await failure(readIdx(idx([2, 2], []).subarray(0, 7)))).message).toContain(
      'byte 7: expected 2 sizes',
    )
    expect((await failure(readIdx(new Uint8Array(3)))).message).toContain('byte 3: expected a magic number')
  })

  it('says where bytes follow the end', async () => {
    const error = await failure(readIdx(idx([2], [1, 2, 3])))
    expect(error.message).toContain('byte 10: expected the end of the file, got more bytes.')
  })

  it('reports a broken gzip stream', async () => {
    const zipped = gzipSync(idx([5000], new Array<number>(5000).fill(1)))
    expect((await failure(readIdx(zipped.subarray(0, zipped.length - 6)))).message).toContain(
      'plain or gzipped',
    )
  })

  it('refuses sizes beyond the limit without allocating them', async () => {
    const error = await failure(readIdx(idx([0xffffffff, 0xffffffff], [])))
    expect(error.message).toContain(
      'byte 4: expected a file of at most 1073741824 bytes, got sizes [4294967295, 4294967295]',
    )
  })

  it('stops inflating after what the header announces', async () => {
    const bomb = gzipSync(Buffer.concat([idx([2], [1, 2]), Buffer.alloc(1 << 27)]))
    const before = process.memoryUsage().arrayBuffers
    expect((await failure(readIdx(bomb))).detail.offset).toBe(10)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 25)
  })

  it('refuses what is not a regular file, and files beyond the limit', async () => {
    expect((await failure(readIdx('/dev/zero'))).message).toContain('not a regular file')
    const path = join(folder, 'large')
    writeFileSync(path, new Uint8Array(100))
    expect((await failure(readIdx(path, { maxBytes: 99 }))).message).toContain(
      '100 bytes, more than the limit of 99',
    )
  })

  it('needs one label for each image', async () => {
    expect((await readLabelledIdx(idx([2, 1], [1, 2]), idx([2], [0, 1]))).labels.data).toEqual(
      Uint8Array.of(0, 1),
    )
    const error = await failure(readLabelledIdx(idx([2, 1], [1, 2]), idx([3], [0, 1, 1])))
    expect(error.message).toContain(
      'expected one label for each of the 2 items of the given bytes, got labels of shape [3].',
    )
    await failure(readLabelledIdx(idx([2, 1], [1, 2]), idx([2, 1], [0, 1])))
  })
})

describe('fuzz', () => {
  const files = [
    idx([4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    new Uint8Array(gzipSync(idx([4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))),
  ]
  const damaged = fc
    .record({
      file: fc.constantFrom(...files),
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      flips: fc.array(fc.record({ at: fc.nat(), bit: fc.nat(7) }), { maxLength: 4 }),
      tail: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 4 })),
    })
    .map(({ file, keep, flips, tail }) => {
      const bytes = Uint8Array.from([...file.subarray(0, Math.ceil(keep * file.length)), ...tail])
      for (const { at, bit } of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit
      return bytes
    })

  it('every truncation is an error', async () => {
    for (const file of files) await truncations(file, (bytes) => loadIdx(bytes)())
  })

  it('damaged files give a tensor of the announced size or a data error', async () => {
    const outcomes = { tensors: 0, errors: 0 }
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.uint8Array()), async (bytes) => {
        // A throw of any other kind rejects the promise and fails the property.
        const result = await loadIdx(bytes)()
        const error = E.isLeft(result) ? result.left : null
        const tensor = E.isRight(result) ? result.right : null
        const whole = tensor !== null && tensor.data.length === sizeOf(tensor.shape)
        const reported = error instanceof CotangentError && error.code === 'data'
        expect(whole || reported).toBe(true)
        outcomes.tensors += whole ? 1 : 0
        outcomes.errors += reported ? 1 : 0
      }),
      { numRuns: process.env['COTANGENT_LONG'] === '1' ? 20_000 : 1_000 },
    )
    expect(outcomes.tensors).toBeGreaterThan(0)
    expect(outcomes.errors).toBeGreaterThan(0)
  })
})
