// PNG images: every kind against the pixels Python put into them, folders of them, and damaged files.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CotangentError, data, defaultDevice, io, numpy as np } from '../../../src/index.js'
import { E } from '../../../src/core/fp.js'
import { crc32 } from '../../../src/io/crc32.js'
import { sizeOf } from '../../../src/core/shape.js'
import { fuzz, truncations } from '../../support/damage.js'

defaultDevice('reference')
const folder = mkdtempSync(join(tmpdir(), 'cotangent-png-'))
afterAll(() => rmSync(folder, { recursive: true }))
const recorded = await io.readNpz(fileURLToPath(new URL('data/png.npz', import.meta.url)))
const kinds = Object.keys(recorded).flatMap((name) => (name.startsWith('file ') ? [name.slice(5)] : []))
const fileOf = (kind: string): Uint8Array<ArrayBuffer> => Uint8Array.from(recorded[`file ${kind}`]!.data)

function chunk(type: string, content: Uint8Array | readonly number[]): number[] {
  const body = [...new TextEncoder().encode(type), ...content]
  const word = (x: number): number[] => [x >>> 24, (x >>> 16) & 255, (x >>> 8) & 255, x & 255]
  return [...word(content.length), ...body, ...word(crc32(Uint8Array.from(body)))]
}
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const ihdr = (w: number, h: number, depth = 8, color = 0, interlace = 0): number[] =>
  chunk(
    'IHDR',
    [...new Uint8Array(Uint32Array.of(w, h).buffer).slice(0, 8)]
      .map((_, i, b) => b[i < 4 ? 3 - i : 11 - i]!)
      .concat([depth, color, 0, 0, interlace]),
  )
const idat = (raw: readonly number[]): number[] => chunk('IDAT', deflateSync(Uint8Array.from(raw)))
const png = (...chunks: number[][]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...signature, ...chunks.flat(), ...chunk('IEND', [])])

describe('reading', () => {
  it('there are kinds', () => expect(kinds.length).toBe(35))
  it.each(kinds)('%s', async (kind) => {
    expect(await data.readPng(fileOf(kind))).toEqual(recorded[`pixels ${kind}`])
  })

  it('converts channels', async () => {
    const rgba = await data.readPng(fileOf('pillow RGBA'))
    const [r = 0, g = 0, b = 0, a = 0] = rgba.data
    const first = async (channels: 1 | 2 | 3 | 4) =>
      [...(await data.readPng(fileOf('pillow RGBA'), { channels })).data].slice(0, channels)
    const grey = Math.round(0.299 * r + 0.587 * g + 0.114 * b)
    expect(await first(1)).toEqual([grey])
    expect(await first(2)).toEqual([grey, a])
    expect(await first(3)).toEqual([r, g, b])
    const spread = await data.readPng(fileOf('pillow L'), { channels: 4 })
    const [l = 0] = (await data.readPng(fileOf('pillow L'))).data
    expect([spread.shape, [...spread.data].slice(0, 4)]).toEqual([
      [5, 7, 4],
      [l, l, l, 255],
    ])
  })
})

describe('writing', () => {
  it('gives what was written', async () => {
    for (const channels of [1, 2, 3, 4]) {
      const shape = [3, 2, channels]
      const image = {
        data: Uint8Array.from({ length: sizeOf(shape) }, (_, i) => 10 * i),
        shape,
        dtype: 'uint8' as const,
      }
      expect(await data.readPng(await data.toPng(image))).toEqual(image)
      const deep = { data: Int32Array.from(image.data, (x) => 250 * x), shape, dtype: 'int32' as const }
      expect(await data.readPng(await data.toPng(deep))).toEqual(deep)
    }
  })

  it('spreads floats and truth values over 0 … 255', async () => {
    const floats = await data.readPng(await data.toPng(np.array([[-1, 0, 0.5, 1, 2, NaN]])))
    expect(floats.data).toEqual(Uint8Array.of(0, 0, 128, 255, 255, 0))
    expect((await data.readPng(await data.toPng(np.array([[true, false]])))).data).toEqual(
      Uint8Array.of(255, 0),
    )
  })

  it('refuses what is no image', async () => {
    await expect(data.toPng(np.zeros([2]))).rejects.toThrow('[height, width] or [height, width, channels]')
    await expect(data.toPng(np.zeros([2, 2, 5]))).rejects.toThrow('with 1 to 4 channels')
    await expect(data.toPng(np.array([[70_000]], { dtype: 'int32' }))).rejects.toThrow(
      'an integer from 0 to 65535',
    )
    await expect(data.writePng(join(folder, 'absent', 'x.png'), np.zeros([1, 1]))).rejects.toThrow(
      'can be written',
    )
  })
})

describe('folders', () => {
  const root = join(folder, 'classes')
  beforeAll(async () => {
    for (const [name, grey] of [
      ['b', 0.2],
      ['a', 0.4],
      ['.hidden', 0],
    ] as const) {
      mkdirSync(join(root, name), { recursive: true })
      await data.writePng(join(root, name, '0.png'), np.full([2, 3], grey))
    }
    await data.writePng(join(root, 'a', '1.PNG'), np.ones([2, 3]))
    writeFileSync(join(root, 'a', 'notes.txt'), 'text')
    writeFileSync(join(root, 'list.txt'), 'text')
  })

  it('are read in the order of names', async () => {
    const { images, labels, classes, files } = await data.readImageFolder(root)
    expect(classes).toEqual(['a', 'b'])
    expect(files.map(({ path }) => path)).toEqual([
      join(root, 'a', '0.png'),
      join(root, 'a', '1.PNG'),
      join(root, 'b', '0.png'),
    ])
    expect(labels).toEqual({ data: Int32Array.of(0, 0, 1), shape: [3], dtype: 'int32' })
    expect([images.shape, images.data[0], images.data[6], images.data[12]]).toEqual([
      [3, 2, 3, 1],
      102,
      255,
      51,
    ])
  })

  it('of images that differ are an error that names the file', async () => {
    const mixed = join(folder, 'mixed')
    mkdirSync(join(mixed, 'x'), { recursive: true })
    await data.writePng(join(mixed, 'x', '0.png'), np.zeros([2, 3]))
    await data.writePng(join(mixed, 'x', '1.png'), np.zeros([2, 3, 3]))
    const message = `${join(mixed, 'x', '1.png')}, byte 16: expected an image like the first, uint8 [2, 3, 1], got uint8 [2, 3, 3]`
    await expect(data.readImageFolder(mixed)).rejects.toThrow(message)
    expect((await data.readImageFolder(mixed, { channels: 3 })).images.shape).toEqual([2, 2, 3, 3])
    await expect(data.readImageFolder(mixed, { channels: 3, maxBytes: 100 })).resolves.toBeDefined()
    await expect(data.readImageFolder(root, { maxBytes: 70 })).rejects.toThrow('more than the limit of 70')
    writeFileSync(join(mixed, 'x', '1.png'), 'text')
    await expect(data.readImageFolder(mixed)).rejects.toThrow('the signature of a PNG file')
  })

  it('without images are an error', async () => {
    mkdirSync(join(folder, 'empty'))
    await expect(data.readImageFolder(join(folder, 'empty'))).rejects.toThrow('sub-folders with .png files')
    await expect(data.listImages(join(folder, 'absent'))).rejects.toBeInstanceOf(CotangentError)
  })
})

const good = png(ihdr(2, 2), idat([0, 1, 2, 0, 3, 4]))
const load = (bytes: Uint8Array<ArrayBuffer>) => data.loadPng(bytes, { maxBytes: 1 << 16, name: 'image' })()

describe('malformed files', () => {
  const wrongSum = Uint8Array.from(good)
  wrongSum[29]! ^= 1
  const palette = chunk('PLTE', [1, 2, 3])
  it.each([
    ['text', Uint8Array.of(1, 2, 3), 'byte 0: expected the signature of a PNG file'],
    ['nothing after the signature', Uint8Array.from(signature), 'byte 8: expected a chunk IEND'],
    ['half a chunk', good.slice(0, 15), 'byte 15: expected a whole chunk'],
    ['a chunk beyond the end', good.slice(0, 30), 'expected a chunk IHDR that ends at byte 33'],
    ['no letters', png(chunk('1234', [])), 'byte 12: expected the type of a chunk'],
    ['a wrong checksum', wrongSum, 'byte 29: expected the checksum'],
    ['no end', good.slice(0, good.length - 12), 'expected a chunk IEND, got the end of the file'],
    ['bytes after the end', Uint8Array.from([...good, 0]), 'expected the end of the file, got more bytes'],
    ['no header', png(idat([0, 0])), 'a chunk IHDR of 13 bytes, got IDAT'],
    ['two headers', png(ihdr(1, 1), ihdr(1, 1), idat([0, 0])), 'one chunk IHDR, got another'],
    ['no width', png(ihdr(0, 1), idat([0])), 'byte 16: expected a width and a height >= 1, got 0 × 1'],
    ['a depth that does not fit', png(ihdr(1, 1, 4, 2), idat([0, 0])), 'color type 2, depth 4'],
    ['an unknown color type', png(ihdr(1, 1, 8, 5), idat([0, 0])), 'color type 5, depth 8'],
    ['an unknown interlace', png(ihdr(1, 1, 8, 0, 2), idat([0, 0])), 'interlace 0 or 1, got 0, 0, 2'],
    ['interlaced bits', png(ihdr(1, 1, 1, 0, 1), idat([0, 0])), 'that is not interlaced'],
    [
      'dimensions beyond the limit',
      png(ihdr(0xffffffff, 0xffffffff), idat([0])),
      'an image of at most 65536 bytes',
    ],
    [
      'dimensions beyond the data',
      png(ihdr(200, 200), chunk('IDAT', [1, 2])),
      'data that inflates to 40200 bytes',
    ],
    [
      'an unknown critical chunk',
      png(ihdr(1, 1), chunk('ABCD', []), idat([0, 0])),
      'a chunk that is known, got ABCD',
    ],
    [
      'chunks out of order',
      png(ihdr(1, 1, 8, 3), idat([0, 0]), palette),
      'in this order, got PLTE after IDAT',
    ],
    [
      'two palettes',
      png(ihdr(1, 1, 8, 3), palette, palette, idat([0, 0])),
      'in this order, got PLTE after PLTE',
    ],
    ['no palette', png(ihdr(1, 1, 8, 3), idat([0, 0])), 'a chunk PLTE with the palette'],
    [
      'half a color',
      png(ihdr(1, 1, 8, 3), chunk('PLTE', [1, 2]), idat([0, 0])),
      '1 to 256 colors of 3 bytes',
    ],
    [
      'an index beyond the palette',
      png(ihdr(1, 1, 8, 3), palette, idat([0, 1])),
      'a palette of more than 1 colors',
    ],
    [
      'alpha of more colors',
      png(ihdr(1, 1, 8, 3), palette, chunk('tRNS', [1, 2]), idat([0, 0])),
      'fits color type 3',
    ],
    ['alpha twice', png(ihdr(1, 1, 8, 4), chunk('tRNS', [1, 2]), idat([0, 0, 0])), 'fits color type 4'],
    ['no data', png(ihdr(1, 1)), 'a chunk IDAT, got none'],
    ['data that is not compressed', png(ihdr(1, 1), chunk('IDAT', [1, 2, 3, 4])), 'image, byte'],
    ['too little data', png(ihdr(2, 2), idat([0, 1, 2, 0, 3])), 'data that inflates to 6 bytes, got 5'],
    ['too much data', png(ihdr(2, 2), idat([0, 1, 2, 0, 3, 4, 5])), 'data that inflates to 6 bytes, got'],
    ['an unknown filter', png(ihdr(1, 1), idat([9, 0])), 'an image that can be decoded'],
  ])('%s is an error that says so', async (_, bytes, message) => {
    const result = await load(bytes)
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain('data.readPng: image, ')
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain(message)
  })

  it('ancillary chunks are not decoded, and bombs are not inflated', async () => {
    const profile = chunk('iCCP', [97, 0, 0, ...deflateSync(new Uint8Array(1 << 24))])
    expect((await data.readPng(png(ihdr(1, 1), profile, idat([0, 7])))).data).toEqual(Uint8Array.of(7))
    const bomb = png(ihdr(1, 1), chunk('IDAT', deflateSync(new Uint8Array(1 << 28))))
    const before = process.memoryUsage().arrayBuffers
    const result = await data.loadPng(bomb, { maxBytes: 1 << 20 })()
    expect(E.isLeft(result) ? result.left.message : 'no error').toContain('inflates to 2 bytes, got more')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 26)
  })
})

describe('fuzz', () => {
  /** Bytes whose checksums are put right again, so that the damage reaches what they protect. */
  function mended(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const view = new DataView(bytes.buffer)
    for (let at = 8; at + 12 <= bytes.length;) {
      const end = at + 12 + view.getUint32(at)
      if (end > bytes.length) break
      view.setUint32(end - 4, crc32(bytes.subarray(at + 4, end - 4)))
      at = end
    }
    return bytes
  }
  const files = ['pillow RGB', 'pillow P 4 tRNS', 'color 6 depth 16 interlaced', 'grey 2 key'].map(fileOf)
  const check = (image: data.HostTensor): void => expect(image.data.length).toBe(sizeOf(image.shape))

  it('every truncation is an error', async () => {
    for (const file of files) await truncations(file, load)
  })
  it('damaged files', () => fuzz({ files, read: load, check, runs: 150 }))
  it('damaged files with right checksums', () => fuzz({ files, read: (bytes) => load(mended(bytes)), check }))
})
