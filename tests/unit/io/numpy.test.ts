// NumPy's .npy and .npz: files that NumPy wrote, ours against them byte for byte, and damaged ones.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { afterAll, describe, expect, it } from 'vitest'
import { CotangentError, defaultDevice, io, numpy as np } from '../../../src/index.js'
import { E } from '../../../src/core/fp.js'
import { sizeOf } from '../../../src/core/shape.js'
import { fuzz, truncations } from '../../support/damage.js'

defaultDevice('reference')
const folder = mkdtempSync(join(tmpdir(), 'cotangent-numpy-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fixture = (name: string): string => fileURLToPath(new URL(`data/${name}`, import.meta.url))
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(fixture(name)))

const written = {
  bool: { data: Uint8Array.of(1, 0, 1), shape: [3], dtype: 'bool' },
  u8: { data: Uint8Array.of(0, 255), shape: [1, 2], dtype: 'uint8' },
  i8: { data: Int8Array.of(-128, 127), shape: [2], dtype: 'int8' },
  u16: { data: Int32Array.of(0, 65535), shape: [2], dtype: 'int32' },
  i16: { data: Int32Array.of(-32768, 32767), shape: [2], dtype: 'int32' },
  f16: {
    data: Float32Array.of(0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -5, 65504, Infinity, -Infinity, NaN),
    shape: [11],
    dtype: 'float16',
  },
  u32: { data: Uint32Array.of(0, 2 ** 32 - 1), shape: [2], dtype: 'uint32' },
  i32: { data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1), shape: [2], dtype: 'int32' },
  f32: { data: Float32Array.of(1.5, -Infinity, 3e-45), shape: [1, 3], dtype: 'float32' },
  u64: { data: Uint32Array.of(0, 2 ** 32 - 1), shape: [2], dtype: 'uint32' },
  i64: { data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1), shape: [2], dtype: 'int32' },
  f64: { data: Float64Array.of(Math.PI), shape: [], dtype: 'float64' },
  empty: { data: new Float32Array(0), shape: [0, 3], dtype: 'float32' },
  big: { data: Float32Array.of(1.5, -2), shape: [2], dtype: 'float32' },
  big16: { data: Int32Array.of(1, -2), shape: [2], dtype: 'int32' },
  fortran: { data: Float32Array.from([...Array(24).keys()]), shape: [2, 3, 4], dtype: 'float32' },
  fortran2: { data: Int32Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3], dtype: 'int32' },
} as const

describe('files of NumPy', () => {
  it('are read, every dtype and order', async () => {
    expect(await io.readNpz(fixture('stored.npz'))).toEqual(written)
    const zeros = { data: new Float64Array(10_000), shape: [100, 100], dtype: 'float64' }
    expect(await io.readNpz(new Blob([bytesOf('deflated.npz') as Uint8Array<ArrayBuffer>]))).toEqual({
      ...written,
      zeros,
    })
  })

  it.each(['rank0', 'rank1', 'rank2', 'rank3', 'wide'])('%s is ours byte for byte', async (name) => {
    const theirs = bytesOf(`${name}.npy`)
    expect(io.encodeNpy(await io.readNpy(theirs))).toEqual(theirs)
  })

  it('may be gzipped', async () => {
    expect((await io.readNpy(gzipSync(bytesOf('rank1.npy')))).data).toEqual(Int32Array.of(0, 1, 2))
  })
})

describe('saving', () => {
  it.each([false, true])('a tree is read again, compressed: %s', async (compress) => {
    const path = join(folder, `tree-${compress}.npz`)
    const tree = { a: [np.array([[1, 2.5]])], h: np.array([1.5], { dtype: 'float16' }), n: 3, yes: true }
    await io.writeNpz(path, tree, { compress })
    expect(await io.readNpz(path)).toEqual({
      'a.0': { data: Float32Array.of(1, 2.5), shape: [1, 2], dtype: 'float32' },
      h: { data: Float32Array.of(1.5), shape: [1], dtype: 'float16' },
      n: { data: Float64Array.of(3), shape: [], dtype: 'float64' },
      yes: { data: Uint8Array.of(1), shape: [], dtype: 'bool' },
    })
  })

  it('writes bfloat16 as the float32 numbers they are', async () => {
    const path = join(folder, 'x.npy')
    await io.writeNpy(path, np.array([1.5, -2], { dtype: 'bfloat16' }))
    expect(await io.readNpy(path)).toEqual({ data: Float32Array.of(1.5, -2), shape: [2], dtype: 'float32' })
  })

  it('gives the same bytes each time', async () => {
    expect(await io.toNpz({ x: np.ones([2]) })).toEqual(await io.toNpz({ x: np.ones([2]) }))
  })
})

/** A .npy file with this header. */
function npy(header: string, body: readonly number[] = [], version = 1): Uint8Array {
  const text = new TextEncoder().encode(header)
  const length =
    version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0]
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...body])
}
const header = (descr = '|u1', shape = '(2,)', order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`

describe('malformed .npy files', () => {
  it.each([
    ['a short file', new Uint8Array(9), 'byte 9: expected a header of at least 10 bytes'],
    ['another magic string', npy(header()).fill(0, 0, 1), "byte 0: expected the magic string '\\x93NUMPY'"],
    ['a version of the future', npy(header(), [], 4), 'byte 6: expected version 1, 2 or 3, got 4'],
    [
      'a header beyond the end',
      npy(header()).subarray(0, 30),
      'byte 30: expected a header that ends at byte',
    ],
    ['a long header', npy(' '.repeat(10_001)), 'byte 8: expected a header of at most 10000 bytes'],
    ['no dictionary', npy('[1]'), "byte 10: expected a dictionary that begins with '{'"],
    [
      'another entry',
      npy(`{'descr': '|u1', 'fortran_order': False, 'shape': (), 'x': ()}`),
      "and 'shape' alone",
    ],
    ['a missing entry', npy(`{'descr': '|u1', 'shape': (2,)}`), "and 'shape' alone"],
    ['code', npy(`{'descr': '|u1', 'fortran_order': False, 'shape': __import__('os')}`), "and 'shape' alone"],
    ['objects', npy(header('|O')), "a descr that is '<', '>' or '|'"],
    ['complex numbers', npy(header('<c8')), "a descr that is '<', '>' or '|'"],
    ['records', npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}`), "and 'shape' alone"],
    [
      'sizes that overflow',
      npy(header('<f8', '(9007199254740991, 9007199254740991)')),
      'sizes that can be counted',
    ],
    ['a size that is no number', npy(header('<f8', '(90071992547409930,)')), 'a shape of whole numbers'],
    ['an empty size', npy(header('|u1', '(,2)')), 'a shape of whole numbers'],
    [
      'a truncated body',
      npy(header(), [1]),
      'expected 69 bytes for uint8 of shape [2], got the end of the file',
    ],
    ['bytes after the end', npy(header(), [1, 2, 3]), 'expected the end of the file, got more bytes'],
    ['an integer that is too wide', npy(header('<i8', '()'), [0, 0, 0, 0, 1, 0, 0, 0]), 'got 4294967296'],
  ])('%s is an error that says so', (_, bytes, message) => {
    const result = io.decodeNpy(bytes, 'array')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain('io.decodeNpy: array, ')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(message)
  })

  it('versions 2 and 3, other quotes and orders of entries are read', () => {
    for (const version of [2, 3])
      expect(io.decodeNpy(npy(header(), [1, 2], version))).toMatchObject({
        right: { data: Uint8Array.of(1, 2) },
      })
    const other = npy(`{"shape":(2L,),"fortran_order":True,'descr':"|u1"}\n`, [1, 2])
    expect(io.decodeNpy(other)).toMatchObject({ right: { shape: [2] } })
  })
})

const small = zipSync(
  {
    'a.npy': npy(header(), [1, 2]),
    'b.npy': [npy(header('|u1', '(100,)'), new Array<number>(100).fill(3)), { level: 9 }],
  },
  { level: 0 },
)
const load = (bytes: Uint8Array<ArrayBuffer>) => io.loadNpz(bytes, { maxBytes: 1 << 20, name: 'archive' })()

describe('malformed .npz files', () => {
  const changed = (at: number, ...bytes: number[]): Uint8Array<ArrayBuffer> => {
    const out = Uint8Array.from(small)
    out.set(bytes, at)
    return out
  }
  const view = new DataView(small.buffer)
  const end = small.length - 22
  const first = view.getUint32(end + 16, true)
  it.each([
    ['text', Uint8Array.of(1, 2, 3), 'byte 3: expected the end record of a zip archive'],
    ['more entries than there are', changed(end + 10, 3), 'entry 3 of 3 of the zip directory'],
    ['a directory elsewhere', changed(end + 16, 0, 0, 0, 0), 'byte 0: expected entry 1 of 2'],
    ['a large archive', changed(end + 16, 255, 255, 255, 255), 'an archive of less than 4 GiB, got zip64'],
    ['an encrypted entry', changed(first + 8, 1), 'an entry that is not encrypted, got a.npy'],
    ['another method', changed(first + 10, 9), 'a.npy stored or deflated, got compression method 9'],
    ['sizes beyond the limit', changed(first + 24, 0, 0, 32), 'entries of at most 1048576 bytes'],
    ['a size that deflate cannot make', changed(first + 46 + 5 + 24, 0, 0, 15), 'b.npy of at most'],
    ['another size', changed(first + 24, 9), '9 bytes of a.npy, got more'],
    ['a wrong checksum', changed(first + 16, 1, 2, 3, 4), 'the checksum 67305985 for a.npy'],
    ['no local header', changed(first + 42, 3), 'byte 3: expected the local header of a.npy'],
    [
      'the same name twice',
      changed(first + 46 + 5 + 46, 0x61),
      'entries with different names, got a.npy again',
    ],
    ['another file', changed(first + 46 + 2, 0x6d), 'entries whose names end in .npy, got a.mpy'],
  ])('%s is an error that says so', async (_, bytes, message) => {
    const result = await load(bytes)
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain('io.readNpz: archive, ')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(message)
  })

  it('a damaged array is named', async () => {
    const bytes = zipSync({ 'w.npy': npy(header('|O')) })
    await expect(io.readNpz(bytes, { name: 'archive' })).rejects.toThrow(
      'io.readNpz: archive, entry w.npy, byte 10',
    )
    await expect(io.readNpz(bytes)).rejects.toBeInstanceOf(CotangentError)
  })

  it('a bomb is not inflated', async () => {
    const bomb = zipSync({ 'a.npy': new Uint8Array(1 << 26) })
    const before = process.memoryUsage().arrayBuffers
    const result = await load(Uint8Array.from(bomb))
    expect(E.isLeft(result) ? result.left.message : '').toContain('entries of at most 1048576 bytes')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24)
  })
})

describe('fuzz', () => {
  const whole = (tensor: io.HostTensor): void => expect(tensor.data.length).toBe(sizeOf(tensor.shape))
  const decode = (bytes: Uint8Array) => Promise.resolve(io.decodeNpy(bytes))

  it('.npy', async () => {
    await truncations(bytesOf('rank1.npy'), decode)
    await fuzz({ files: [bytesOf('rank1.npy'), bytesOf('rank2.npy')], read: decode, check: whole })
  })

  it('.npz', async () => {
    await truncations(small, load)
    await fuzz({ files: [small], read: load, check: (tensors) => Object.values(tensors).forEach(whole) })
  })
})
