// The safetensors format: files of Python's library, ours against theirs byte for byte, and damaged ones.

import * as fc from 'fast-check'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { CotangentError, defaultDevice, io, numpy as np, random } from '../../../src/index.js'
import { E } from '../../../src/core/fp.js'

defaultDevice('reference')
const folder = mkdtempSync(join(tmpdir(), 'cotangent-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fixture = (name: string): string => fileURLToPath(new URL(`data/${name}.safetensors`, import.meta.url))

/** A file with this header and body, the length of the header right or given. */
function file(header: unknown, body: readonly number[] = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(body, 8 + json.length)
  return bytes
}

const half = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -5, 65504, Infinity, -Infinity, NaN]
const bhalf = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc500, 0x7bff, 0x7c00, 0xfc00, 0x7e01].map(
  (bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0,
)

describe("files of Python's safetensors", () => {
  it('are read, every dtype', async () => {
    const { tensors, metadata } = await io.readSafetensors(fixture('python'))
    expect(metadata).toEqual({ made: 'by Python' })
    expect(tensors).toEqual({
      bool: { data: Uint8Array.of(1, 0, 1), shape: [3], dtype: 'bool' },
      u8: { data: Uint8Array.of(0, 255), shape: [1, 2], dtype: 'uint8' },
      i8: { data: Int8Array.of(-128, 127), shape: [2], dtype: 'int8' },
      u16: { data: Int32Array.of(0, 65535), shape: [2], dtype: 'int32' },
      i16: { data: Int32Array.of(-32768, 32767), shape: [2], dtype: 'int32' },
      f16: { data: Float32Array.from(half), shape: [11], dtype: 'float16' },
      bf16: { data: Float32Array.from(bhalf), shape: [11], dtype: 'bfloat16' },
      u32: { data: Uint32Array.of(0, 2 ** 32 - 1), shape: [2], dtype: 'uint32' },
      i32: { data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1), shape: [2], dtype: 'int32' },
      f32: { data: Float32Array.of(1.5, -Infinity, 3e-45), shape: [1, 3], dtype: 'float32' },
      u64: { data: Uint32Array.of(0, 2 ** 32 - 1), shape: [2], dtype: 'uint32' },
      i64: { data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1), shape: [2], dtype: 'int32' },
      f64: { data: Float64Array.of(Math.PI), shape: [], dtype: 'float64' },
      empty: { data: new Float32Array(0), shape: [0, 3], dtype: 'float32' },
    })
  })

  it('are ours byte for byte', async () => {
    const theirs = new Uint8Array(readFileSync(fixture('both')))
    const { tensors, metadata } = await io.readSafetensors(theirs)
    expect(io.encodeSafetensors(tensors, { metadata })).toEqual(theirs)
  })
})

describe('saving', () => {
  it('writes a tree, which is loaded into another', async () => {
    const path = join(folder, 'tree.safetensors')
    const given = {
      params: [{ w: np.array([[1, 2]]) }, null],
      key: random.key(7),
      half: np.array([1.5], { dtype: 'bfloat16' }),
      step: 2 ** 40,
      done: true,
    }
    await io.writeSafetensors(path, given, { metadata: { note: 'ü' } })
    expect(readdirSync(folder)).toEqual(['tree.safetensors'])
    const { tensors, metadata } = await io.readSafetensors(path)
    expect(metadata).toEqual({ note: 'ü' })
    const empty = {
      params: [{ w: np.zeros([1, 2]) }, null],
      key: random.key(0),
      half: np.zeros([1], { dtype: 'bfloat16' }),
      step: 0,
      done: false,
    }
    const { tree, report } = io.loadInto(empty, tensors)
    expect(report.loaded).toEqual(['done', 'half', 'key.0', 'params.0.w', 'step'])
    expect(tree.params[0]?.w.js()).toEqual([[1, 2]])
    expect(random.keyData(tree.key).js()).toEqual(random.keyData(given.key).js())
    expect([tree.step, tree.done, tree.half.dtype, tree.half.js()]).toEqual([
      2 ** 40,
      true,
      'bfloat16',
      [1.5],
    ])
  })

  it('replaces the file at once, and removes what killed writers left', async () => {
    const path = join(folder, 'again')
    writeFileSync(path, 'old')
    const own = [`.again.${process.pid}-999.tmp`, '.again.4194304-0.tmp']
    const others = ['.again.tmp', '.against.4194304-0.tmp', `.again.${process.ppid}-0.tmp`]
    for (const name of [...own, ...others]) writeFileSync(join(folder, name), 'part')
    await io.writeSafetensors(path, { x: np.ones([3]) })
    expect((await io.readSafetensors(path)).tensors['x']?.shape).toEqual([3])
    const left = readdirSync(folder).filter((name) => name.endsWith('.tmp'))
    expect(left.sort()).toEqual(others.sort())
  })

  it('leaves the old file where the new one cannot be made', async () => {
    const path = join(folder, 'kept')
    writeFileSync(path, 'old')
    const wrong = { data: new Float32Array(2), shape: [3], dtype: 'float32' as const }
    await expect(io.writeSafetensors(path, { wrong })).rejects.toThrow('Float32Array of 3 elements')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder).filter((name) => name.startsWith('.kept'))).toEqual([])
    const result = await io.saveSafetensors(join(folder, 'absent', 'x'), {})()
    expect(result).toMatchObject({ _tag: 'Left', left: { code: 'data' } })
  })

  it.each([
    ['a leaf that is no tensor', () => io.flattenNames({ x: 'text' }), 'an array, { data, shape, dtype }'],
    ['equal names', () => io.flattenNames({ 'a.b': 1, a: { b: 2 } }), 'two leaves of this name'],
    ['the reserved name', () => io.encodeSafetensors({ __metadata__: bytes }), "other than '__metadata__'"],
    ['a lone surrogate', () => io.encodeSafetensors({ '\ud800': bytes }), 'well-formed text'],
    [
      'metadata that is no text',
      () => io.encodeSafetensors({}, { metadata: { epoch: 3 as unknown as string } }),
      "metadata['epoch'] must be well-formed text, got number",
    ],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })
})

const bytes = { data: Uint8Array.of(7), shape: [1], dtype: 'uint8' as const }
const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets })

describe('malformed files', () => {
  it.each([
    ['a short file', new Uint8Array(7), 'byte 7: expected a header length of 8 bytes'],
    [
      'an endless header',
      file('{}', [], 2n ** 64n - 1n),
      'byte 0: expected a header of at most 100000000 bytes',
    ],
    ['a header beyond the end', file('{}', [], 99n), 'byte 10: expected a header that ends at byte 107'],
    ['no header', file(''), "byte 8: expected a header that begins with '{'"],
    ['broken JSON', file('{"a": '), 'byte 8: expected a header of JSON in UTF-8'],
    ['deep JSON', file(`{"a":${'['.repeat(1e5)}`), 'byte 8: expected a header of JSON in UTF-8'],
    ['another encoding', file('{"a":1}').fill(0xff, 10, 11), 'byte 8: expected a header of JSON in UTF-8'],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), 'byte 8: expected __metadata__ that maps'],
    ['no entry', file({ a: null }), 'an object with dtype, shape and data_offsets of tensor "a", got null'],
    ['an unknown dtype', file({ a: entry('C64', [], [0, 8]) }), 'a dtype of tensor "a" that is one of BOOL'],
    ['an inherited dtype', file({ a: entry('constructor', [], [0, 8]) }), 'a dtype of tensor "a"'],
    ['a negative size', file({ a: entry('U8', [-1], [0, 1]) }), 'a shape of tensor "a"'],
    ['a size that is no number', file({ a: entry('U8', ['1'], [0, 1]) }), 'a shape of tensor "a"'],
    ['one offset', file({ a: entry('U8', [1], [0]) }), 'data_offsets of tensor "a" that are two'],
    ['a range too short', file({ a: entry('F32', [2], [0, 4]) }), 'data_offsets of tensor "a" 8 bytes apart'],
    ['sizes that overflow', file({ a: entry('F32', [2 ** 40, 2 ** 40], [0, 0]) }), 'data_offsets of tensor'],
    [
      'sizes that make no number',
      file({ a: entry('U8', [...new Array<number>(25).fill(1e15), 0], [0, 0]) }),
      'NaN bytes apart',
    ],
    ['a gap', file({ a: entry('U8', [1], [1, 2]) }, [0, 0]), 'tensor "a" at offset 0'],
    [
      'an overlap',
      file({ a: entry('U8', [2], [0, 2]), b: entry('U8', [2], [1, 3]) }, [0, 0, 0]),
      'tensor "b" at offset 2',
    ],
    ['a truncated body', file({ a: entry('U8', [2], [0, 2]) }, [0]), 'as the header announces, got the end'],
    [
      'bytes after the end',
      file({ a: entry('U8', [1], [0, 1]) }, [0, 0]),
      'the end of the file, got more bytes',
    ],
    ['a bool of 2', file({ a: entry('BOOL', [2], [0, 2]) }, [1, 2]), 'bool elements from 0 to 1'],
    [
      'an integer that is too wide',
      file({ a: entry('I64', [1], [0, 8]) }, [0, 0, 0, 128, 0, 0, 0, 0]),
      "int64 elements from -2147483648 to 2147483647, which int32 holds, in tensor 'a', got 2147483648",
    ],
  ])('%s is an error that says so', (_, given, message) => {
    const result = io.decodeSafetensors(given, 'weights')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(`io.decodeSafetensors: weights, `)
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(message)
  })

  it('names that objects inherit are names like others', async () => {
    const names = ['__proto__', 'constructor', 'toString']
    const written = io.encodeSafetensors(Object.fromEntries(names.map((name) => [name, bytes])))
    const { tensors } = await io.readSafetensors(written)
    expect(Object.keys(tensors).sort()).toEqual(names)
    const { report } = io.loadInto({ valueOf: np.zeros([1]) }, tensors, { strict: false })
    expect(report).toEqual({
      loaded: [],
      missing: ['valueOf'],
      unexpected: Object.keys(tensors),
      mismatched: [],
    })
  })

  it('a file beyond the limit is not read', async () => {
    await expect(io.readSafetensors(fixture('python'), { maxBytes: 100 })).rejects.toThrow(
      'more than the limit of 100',
    )
    await expect(io.readSafetensors(new Uint8Array(101), { maxBytes: 100 })).rejects.toThrow(
      'at most 100 bytes',
    )
  })

  const valid = io.encodeSafetensors({
    a: bytes,
    b: { data: new Float32Array(3), shape: [3], dtype: 'float32' },
  })
  it('every truncation is an error', () => {
    for (let length = 0; length < valid.length; length++)
      expect(E.isLeft(io.decodeSafetensors(valid.subarray(0, length)))).toBe(true)
  })

  it('changed bytes give tensors or a data error', () => {
    const outcomes = { tensors: 0, errors: 0 }
    const changed = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map((changes) => {
        const out = valid.slice()
        for (const [at, byte] of changes) out[at] = byte
        return out
      })
    fc.assert(
      fc.property(fc.oneof(changed, changed, fc.uint8Array()), (given) => {
        const result = io.decodeSafetensors(given)
        outcomes[E.isLeft(result) ? 'errors' : 'tensors'] += 1
      }),
      { numRuns: process.env['COTANGENT_LONG'] === '1' ? 50_000 : 1_000 },
    )
    expect(Math.min(outcomes.tensors, outcomes.errors)).toBeGreaterThan(0)
  })
})
