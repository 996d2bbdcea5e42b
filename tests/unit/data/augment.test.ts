// Augmentation: each example is changed for itself, as its key says, the same inside jit and under vmap.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  data,
  defaultDevice,
  jit,
  numpy as np,
  random,
  vmap,
  type NDArray,
} from '../../../src/index.js'

defaultDevice('reference')
const images = (): NDArray =>
  np
    .arange(1, 2 * 4 * 5 * 2 + 1)
    .astype('float32')
    .reshape([2, 4, 5, 2])
const key = random.key(3)
const flat = (x: NDArray): number[] => [...x.dataSync()]

const changes: Readonly<Record<string, (key: random.Key, x: NDArray) => NDArray>> = {
  flip: (key, x) => data.randomFlip(key, x),
  vertical: (key, x) => data.randomFlip(key, x, { direction: 'vertical' }),
  shift: (key, x) => data.randomShift(key, x, 2, { fill: -1 }),
  crop: (key, x) => data.randomCrop(key, x, [3, 2]),
  brightness: (key, x) => data.randomBrightness(key, x, 0.3),
  contrast: (key, x) => data.randomContrast(key, x, 0.3),
  cutout: (key, x) => data.cutout(key, x, 3, { fill: -1 }),
}

describe.each(Object.entries(changes))('%s', (name, change) => {
  it('is determined by its key', () => {
    const results = Array.from({ length: 12 }, (_, i) => String(flat(change(random.key(i), images()))))
    expect(String(flat(change(random.key(0), images())))).toBe(results[0])
    expect(new Set(results).size).toBeGreaterThan(1)
  })

  it('is the same inside jit and under vmap', () => {
    const expected = flat(change(key, images()))
    flat(jit(change)(key, images())).forEach((x, i) => expect(x).toBeCloseTo(expected[i] ?? NaN, 5))
    const keys = random.split(key, 3)
    const stacked = vmap((k: random.Key) => change(k, images()))(keys)
    const one = flat(change([...keys][1]!, images()))
    flat(stacked.slice(1)).forEach((x, i) => expect(x).toBeCloseTo(one[i] ?? NaN, 5))
  })

  it('changes examples of a batch in different ways', () => {
    const [one] = images()
    const batch = change(key, np.stack(new Array<NDArray>(16).fill(one!)))
    expect(new Set([...batch].map((image) => String(flat(image)))).size).toBeGreaterThan(1)
    expect(name).not.toBe('')
  })
})

describe('values', () => {
  it('a flip is the image or its mirror image, about as often as it says', () => {
    const line = np.arange(3).astype('float32').reshape([1, 1, 3, 1])
    const many = np.broadcastTo(line, [400, 1, 3, 1])
    const first = flat(data.randomFlip(key, many).slice([], 0, 0, 0))
    expect(first.every((x) => x === 0 || x === 2)).toBe(true)
    expect(Math.abs(first.filter((x) => x === 2).length - 200)).toBeLessThan(60)
    expect(flat(data.randomFlip(key, many, { probability: 0 }).slice(0))).toEqual([0, 1, 2])
  })

  it('a shift moves the image as a whole and fills the rest', () => {
    const point = np.zeros([1, 5, 5, 1]).add(
      np
        .eye(5)
        .slice(2)
        .mul(np.eye(5).slice(2).reshape([5, 1]))
        .reshape([1, 5, 5, 1]),
    )
    const seen = new Set<number>()
    for (let i = 0; i < 80; i++) {
      const moved = flat(data.randomShift(random.key(i), point, 1))
      expect(moved.filter((x) => x === 1).length).toBe(1)
      seen.add(moved.indexOf(1))
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18])
  })

  it('a crop is a window, up to the edges', () => {
    const numbered = np.arange(9).astype('float32').reshape([1, 3, 3, 1])
    const corners = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const [a = 0, ...rest] = flat(data.randomCrop(random.key(i), numbered, [2, 2]))
      expect(rest).toEqual([a + 1, a + 3, a + 4])
      corners.add(a)
    }
    expect([...corners].sort((a, b) => a - b)).toEqual([0, 1, 3, 4])
  })

  it('a cut is a square within the size, anywhere', () => {
    for (let i = 0; i < 40; i++) {
      const cut = data
        .cutout(random.key(i), np.ones([1, 6, 6, 1]), 3)
        .reshape([6, 6])
        .js() as number[][]
      const rows = cut.map((row) => row.filter((x) => x === 0).length).filter((n) => n > 0)
      expect(rows.length).toBeGreaterThanOrEqual(2)
      expect(rows.length).toBeLessThanOrEqual(3)
      expect(new Set(rows).size).toBe(1)
    }
  })

  it('brightness shifts by up to its amount, contrast keeps the mean', () => {
    const lighter = np.subtract(data.randomBrightness(key, images(), 0.3), images())
    expect(flat(np.max(np.abs(lighter), [1, 2, 3])).every((x) => x > 0 && x <= 0.3001)).toBe(true)
    const contrast = data.randomContrast(key, images(), 0.3)
    flat(np.mean(contrast, [1, 2, 3])).forEach((x, i) =>
      expect(x).toBeCloseTo(flat(np.mean(images(), [1, 2, 3]))[i] ?? NaN, 4),
    )
  })

  it('keeps the dtype', () => {
    const bytes = images().astype('uint8')
    for (const name of ['flip', 'shift', 'crop', 'cutout']) {
      const fill0 =
        name === 'shift'
          ? data.randomShift(key, bytes, 1)
          : name === 'cutout'
            ? data.cutout(key, bytes, 2)
            : changes[name]!(key, bytes)
      expect(fill0.dtype).toBe('uint8')
    }
    const half = images().astype('float16')
    for (const change of Object.values(changes)) expect(change(key, half).dtype).toBe('float16')
  })

  it.each([
    ['one image', () => data.randomFlip(key, np.ones([4, 4, 1])), 'images [batch, height, width, channels]'],
    [
      'integers',
      () => data.randomBrightness(key, np.ones([1, 4, 4, 1], { dtype: 'uint8' }), 0.1),
      'float images',
    ],
    [
      'a window that is too large',
      () => data.randomCrop(key, np.ones([1, 4, 4, 1]), [5, 4]),
      'a whole number from 0 to 4',
    ],
    ['half a pixel', () => data.randomShift(key, np.ones([1, 4, 4, 1]), 0.5), 'a whole number from 0 to 4'],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })
})
