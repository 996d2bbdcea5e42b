// Comma-separated values: types, quotes, missing values, and a typed error for anything malformed; CIFAR-10's records.

import * as fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CotangentError, data } from '../../../src/index.js'
import { E } from '../../../src/core/fp.js'
import { fuzz, isLong, truncations } from '../../support/damage.js'

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content)
const read = (content: string, options?: data.CsvOptions) => data.readCsv(text(content), options)

describe('reading', () => {
  it('infers the types of columns', async () => {
    const { length, names, columns } = await read(
      'i,f,g,big,flag,word,gap,none\n1,1.5,1e3,4294967296,true,a,1,NA\n-2,.5,inf,1,FALSE,1,?,\n',
    )
    expect([length, names]).toEqual([2, ['i', 'f', 'g', 'big', 'flag', 'word', 'gap', 'none']])
    expect(columns).toEqual({
      i: { data: Int32Array.of(1, -2), shape: [2], dtype: 'int32' },
      f: { data: Float32Array.of(1.5, 0.5), shape: [2], dtype: 'float32' },
      g: { data: Float32Array.of(1000, Infinity), shape: [2], dtype: 'float32' },
      big: { data: Float64Array.of(4294967296, 1), shape: [2], dtype: 'float64' },
      flag: { data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' },
      word: ['a', '1'],
      gap: { data: Float32Array.of(1, NaN), shape: [2], dtype: 'float32' },
      none: { data: Float32Array.of(NaN, NaN), shape: [2], dtype: 'float32' },
    })
  })

  it('reads quotes, line breaks in cells, other line ends, blank lines, a byte order mark and gzip', async () => {
    const content = '\ufeffa,"b ""c"""\r\n"1, 2","x\r\ny"\r\n\r\n3,\r\n'
    const expected = { a: ['1, 2', '3'], 'b "c"': ['x\r\ny', null] }
    expect((await read(content)).columns).toEqual(expected)
    expect((await data.readCsv(gzipSync(content))).columns).toEqual(expected)
    expect((await read('a,b\r\n1,x\n2,y\n3,z\n')).columns['b']).toEqual(['x', 'y', 'z'])
  })

  it('takes names, types, delimiters, comments and what is missing from its options', async () => {
    const { columns } = await read('# made by hand\n1;-;x\n2;3;\n', {
      header: ['a', 'b', 'c'],
      types: { a: 'float64', c: 'text' },
      delimiter: ';',
      missing: ['-'],
      comment: '#',
    })
    expect(columns).toEqual({
      a: { data: Float64Array.of(1, 2), shape: [2], dtype: 'float64' },
      b: { data: Float32Array.of(NaN, 3), shape: [2], dtype: 'float32' },
      c: ['x', ''],
    })
    expect((await read('1,2\n', { header: false })).names).toEqual(['0', '1'])
    expect(
      (await read('1,0\n', { header: ['y', 'n'], types: { y: 'bool', n: 'bool' } })).columns['y'],
    ).toMatchObject({
      data: Uint8Array.of(1),
    })
  })

  it('gives a table without rows', async () => {
    expect(await read('a,b\n')).toMatchObject({ length: 0, names: ['a', 'b'] })
  })

  it('makes features and classes of columns', async () => {
    const table = await read('x,kind,y\n1,b,0.5\n2,a,1.5\n')
    expect(data.features(table, ['y', 'x'])).toEqual({
      data: Float32Array.of(0.5, 1, 1.5, 2),
      shape: [2, 2],
      dtype: 'float32',
    })
    expect(() => data.features(table, ['kind'])).toThrow('"kind", which is text')
    expect(() => data.features(table, ['constructor'])).toThrow('"constructor", which is absent')
    const kind = table.columns['kind'] as readonly string[]
    expect(data.categories(kind)).toMatchObject({
      labels: { data: Int32Array.of(1, 0) },
      classes: ['a', 'b'],
    })
    expect(data.categories(kind, ['b']).labels.data).toEqual(Int32Array.of(0, -1))
  })
})

describe('malformed files', () => {
  it.each([
    ['an open quote', 'a,b\n1,"2\n3,4\n', {}, 'byte 7: expected quotes that are closed before the next cell'],
    ['a quote in the middle', 'a,b\n"1"x,2\n', {}, 'expected quotes that are closed before the next cell'],
    ['a short row', 'ä,b\n1,2\n3\n', {}, 'byte 9: expected 2 cells in row 3, as in the first, got 1'],
    ['a long row', 'a\n1\n2,3\n', {}, 'byte 4: expected 1 cells in row 3, as in the first, got 2'],
    ['nothing', '', {}, 'byte 0: expected a row of names, got none'],
    ['no rows', '', { header: false }, 'byte 0: expected at least one row, got none'],
    ['two columns of a name', 'a,a\n1,2\n', {}, 'columns with different names, got "a" twice'],
    ['too few names', '1,2\n', { header: ['a'] }, 'expected 1 cells in each row, got 2'],
    ['a type of no column', 'a\n1\n', { types: { b: 'int32' } }, 'a column "b", whose type is given'],
    [
      'a word where a number is',
      'a\n1\nx\n',
      { types: { a: 'float32' } },
      'byte 4: expected a cell of type float32 in column "a", row 3, got "x"',
    ],
    ['a fraction where an integer is', 'a\n1.5\n', { types: { a: 'int32' } }, 'a cell of type int32'],
    ['an integer that is too large', 'a\n256\n', { types: { a: 'uint8' } }, 'a cell of type uint8'],
    [
      'a missing integer',
      'a,b\n,1\n',
      { types: { a: 'int32' } },
      'a cell of type int32 in column "a", row 2, got ""',
    ],
    ['a word where a truth is', 'a\n2\n', { types: { a: 'bool' } }, 'a cell of type bool'],
  ] as const)('%s is an error that says so', async (_, content, options, message) => {
    const result = await data.loadCsv(text(content), { name: 'table', ...options })()
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain('data.readCsv: table, ')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(message)
  })

  it('other encodings and sizes beyond the limit are errors', async () => {
    await expect(data.readCsv(Uint8Array.of(97, 0xff, 10))).rejects.toThrow('text in UTF-8')
    await expect(data.readCsv(gzipSync(new Uint8Array(1 << 20)), { maxBytes: 1000 })).rejects.toThrow(
      'at most 1000 bytes',
    )
  })

  it('damaged files give a table or a data error', async () => {
    const load = (bytes: Uint8Array<ArrayBuffer>) => data.loadCsv(bytes)()
    await fuzz({
      files: [text('a,"b"\n1,"x, ""y"""\n2.5,z\n')],
      read: load,
      check: ({ length, names, columns }) => {
        expect(Object.keys(columns).length).toBe(names.length)
        for (const column of Object.values(columns))
          expect('data' in column ? column.data.length : column.length).toBe(length)
      },
    })
  })

  it('what is written is read', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'ü', ';'), maxLength: 6 })
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((n) => fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 5 }))
    await fc.assert(
      fc.asyncProperty(rows, async (cells) => {
        const content = cells
          .map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(','))
          .join('\n')
        const header = cells[0]!.map((_, i) => `c${i}`)
        const types = Object.fromEntries(header.map((name) => [name, 'text' as const]))
        const { columns } = await read(content, { header, types, missing: [] })
        expect(cells).toEqual(
          cells.map((_, i) => header.map((name) => (columns[name] as readonly string[])[i])),
        )
      }),
      { numRuns: isLong ? 5000 : 100 },
    )
  })
})

describe('CIFAR-10', () => {
  const records = Uint8Array.from({ length: 2 * 3073 }, (_, i) => (i % 3073 === 0 ? i / 3073 + 3 : i % 251))
  const load = (bytes: Uint8Array<ArrayBuffer>) => data.loadCifar10(bytes)()

  it('reads planes as channels', async () => {
    const { images, labels } = await data.readCifar10(records)
    expect([images.shape, images.dtype, labels.data]).toEqual([[2, 32, 32, 3], 'uint8', Uint8Array.of(3, 4)])
    for (const [n, y, x, c] of [
      [0, 0, 0, 0],
      [0, 0, 1, 2],
      [1, 31, 30, 1],
    ] as const)
      expect(images.data[((n * 32 + y) * 32 + x) * 3 + c]).toBe(records[n * 3073 + 1 + c * 1024 + y * 32 + x])
    const twice = await data.readCifar10([gzipSync(records), records])
    expect([twice.images.shape, twice.labels.data]).toEqual([[4, 32, 32, 3], Uint8Array.of(3, 4, 3, 4)])
  })

  it('reports truncated records and labels out of range', async () => {
    const name = { name: 'batch' }
    await expect(data.readCifar10(records.slice(0, 4000), name)).rejects.toThrow(
      'batch, byte 4000: expected records of 3073 bytes, got the end of the file in record 1',
    )
    await expect(data.readCifar10(new Uint8Array(0), name)).rejects.toThrow('byte 0: expected records')
    const wrong = Uint8Array.from(records).fill(10, 3073, 3074)
    await expect(data.readCifar10(wrong, name)).rejects.toThrow(
      'batch, byte 3073: expected a label from 0 to 9, got 10',
    )
    await expect(data.readCifar10(wrong, name)).rejects.toBeInstanceOf(CotangentError)
  })

  it('damaged files give images or a data error', async () => {
    await truncations(records.subarray(0, 100), load)
    await fuzz({
      files: [records],
      read: load,
      check: ({ images }) => expect(images.data.length % 3072).toBe(0),
      runs: 60,
    })
  })
})
