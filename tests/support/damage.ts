// Damaged files for the tests of readers: truncated, changed and random bytes, and what a reader may do with them.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { CotangentError } from '../../src/core/errors.js'
import { E, type Either } from '../../src/core/fp.js'

export const isLong = process.env['COTANGENT_LONG'] === '1'

/** A file with one byte changed, a few bytes changed, cut short or grown, or bytes of chance. */
function damaged(file: Uint8Array): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const change = fc.record({ at: fc.nat(Math.max(0, file.length - 1)), byte: fc.nat(255) })
  const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const bytes = Uint8Array.from(file)
    for (const { at, byte } of changes) bytes[at] = byte
    return bytes
  })
  const cut = fc.nat(file.length).map((length) => Uint8Array.from(file.subarray(0, length)))
  const grown = fc
    .uint8Array({ minLength: 1, maxLength: 8 })
    .map((tail) => Uint8Array.from([...file, ...tail]))
  const random = fc.uint8Array({ maxLength: 64 }).map((bytes) => Uint8Array.from(bytes))
  return fc.oneof({ arbitrary: changed, weight: 5 }, cut, grown, random)
}

/** What a reader makes of bytes: 'value', or 'error' for a `data` error; anything else fails the test. */
async function outcome<T>(
  read: (bytes: Uint8Array<ArrayBuffer>) => Promise<Either<CotangentError<'data'>, T>>,
  bytes: Uint8Array<ArrayBuffer>,
  check: (value: T) => void,
): Promise<'value' | 'error'> {
  const result = await read(bytes)
  if (E.isRight(result)) {
    check(result.right)
    return 'value'
  }
  expect(result.left).toBeInstanceOf(CotangentError)
  expect(result.left.code).toBe('data')
  expect(result.left.detail.offset).toBeGreaterThanOrEqual(0)
  expect(Number.isFinite(result.left.detail.offset)).toBe(true)
  return 'error'
}

interface Fuzz<T> {
  /** Files that the reader reads. */
  readonly files: readonly Uint8Array[]
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => Promise<Either<CotangentError<'data'>, T>>
  /** What holds of whatever it reads. */
  readonly check: (value: T) => void
  /** How often in the short run; default 300. The long one has forty times as many. */
  readonly runs?: number
}

/** A reader gives, for damaged files, a value of which `check` holds or a `data` error; memory stays as it was. */
export async function fuzz<T>({ files, read, check, runs = 300 }: Fuzz<T>): Promise<void> {
  const counts = { value: 0, error: 0 }
  for (const file of files) expect(await outcome(read, Uint8Array.from(file), check)).toBe('value')
  await fc.assert(
    fc.asyncProperty(fc.oneof(...files.map(damaged)), async (bytes) => {
      counts[await outcome(read, bytes, check)] += 1
    }),
    { numRuns: isLong ? 40 * runs : runs, ...(isLong ? {} : { seed: 20_260_101 }) },
  )
  expect(counts.error).toBeGreaterThan(0)
}

/** Every file that ends before `file` does is an error. */
export async function truncations<T>(
  file: Uint8Array,
  read: (bytes: Uint8Array<ArrayBuffer>) => Promise<Either<CotangentError<'data'>, T>>,
): Promise<void> {
  for (let length = 0; length < file.length; length++)
    expect(
      await outcome(read, Uint8Array.from(file.subarray(0, length)), () => undefined),
      `${length} bytes`,
    ).toBe('error')
}
