// Padding and normalisation: values, and what is refused.

import { describe, expect, it } from 'vitest'
import { CotangentError, data, defaultDevice, jit, numpy as np } from '../../../src/index.js'

defaultDevice('reference')
const tensor = (shape: readonly number[], values: readonly number[]) =>
  ({ data: Float32Array.from(values), shape, dtype: 'float32' }) as const

describe('padding', () => {
  it('pads steps of several numbers', () => {
    const { values, mask } = data.padSequences([tensor([1, 2], [1, 2]), tensor([2, 2], [3, 4, 5, 6])], {
      value: -1,
    })
    expect(values).toEqual(tensor([2, 2, 2], [1, 2, -1, -1, 3, 4, 5, 6]))
    expect(mask).toEqual({ data: Uint8Array.of(1, 0, 1, 1), shape: [2, 2], dtype: 'bool' })
  })

  it('reads lists of whole numbers as int32 unless others have fractions', () => {
    expect(data.padSequences([[1], []]).values).toMatchObject({ dtype: 'int32', data: Int32Array.of(1, 0) })
    expect(data.padSequences([[1], [0.5]]).values).toMatchObject({
      dtype: 'float32',
      data: Float32Array.of(1, 0.5),
    })
    expect(data.padSequences([]).values.shape).toEqual([0, 0])
  })

  it('batches trees in order, with buckets by length', () => {
    const examples = [3, 1, 4, 2].map((n) => ({ x: new Array<number>(n).fill(n), y: n / 2 }))
    const plain = [...data.paddedBatches(examples, 3)].map(({ x, y }) => [x.values.shape, y.js()])
    expect(plain).toEqual([
      [
        [3, 4],
        [1.5, 0.5, 2],
      ],
      [[1, 2], [1]],
    ])
    const bucketed = [...data.paddedBatches(examples, 2, { buckets: [2, 4] })]
    expect(bucketed.map(({ x }) => x.values.js())).toEqual([
      [
        [3, 3, 3, 0],
        [4, 4, 4, 4],
      ],
      [
        [1, 0],
        [2, 2],
      ],
    ])
    expect([...data.paddedBatches(examples, 3, { dropRemainder: true, buckets: [2, 4] })]).toEqual([])
  })

  it.each([
    [
      'a sequence that is too long',
      () => data.padSequences([[1, 2]], { length: 1 }),
      '>= 2, the length of the longest',
    ],
    [
      'an example beyond the buckets',
      () => [...data.paddedBatches([[1, 2]], 1, { buckets: [1] })],
      'at most 1, the last',
    ],
    [
      'buckets that fall',
      () => data.paddedBatches([[1]], 1, { buckets: [2, 1] }),
      'whole numbers >= 1 that rise',
    ],
    [
      'a multiple of 0',
      () => data.padSequences([[1]], { multipleOf: 0 }),
      'multipleOf must be a whole number >= 1',
    ],
    [
      'steps of other shapes',
      () => data.padSequences([tensor([1, 2], [1, 2]), tensor([1, 3], [1, 2, 3])]),
      'differ along the first axis alone',
    ],
    [
      'other dtypes',
      () => data.padSequences([tensor([1], [1]), { data: Int8Array.of(1), shape: [1], dtype: 'int8' }]),
      'sequences of one dtype',
    ],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })
})

describe('normalisation', () => {
  const x = tensor([4, 2], [1, 5, 2, 5, 3, 5, NaN, 5])

  it('fits features, leaving out what is missing', () => {
    const { mean, deviation } = data.fitNormalization(x)
    expect(mean).toEqual(tensor([2], [2, 5]))
    expect(deviation.data[0]).toBeCloseTo(Math.sqrt(2 / 3), 6)
    // A feature that never changes is only shifted.
    expect(deviation.data[1]).toBe(1)
  })

  it('fits the rows of a dataset alone', () => {
    const [first] = data.split(data.fromArrays(x), 2)
    expect(data.fitNormalization(first).mean.data).toEqual(Float32Array.of(1.5, 5))
  })

  it('fits over chosen axes', () => {
    const images = {
      data: Uint8Array.from({ length: 16 }, (_, i) => i),
      shape: [2, 2, 2, 2],
      dtype: 'uint8' as const,
    }
    expect(data.fitNormalization(images, { axis: [0, 1, 2] }).mean).toEqual(tensor([1, 1, 2], [7, 8]))
    expect(data.fitNormalization(images, { axis: [0, 3] }).mean).toEqual(
      tensor([2, 2, 1], [4.5, 6.5, 8.5, 10.5]),
    )
    expect(data.fitNormalization(images, { axis: null }).mean).toEqual(tensor([1, 1, 1], [7.5]))
  })

  it('is the same on the host, on a device and inside jit, and has an inverse', () => {
    const given = tensor(
      [3, 2, 3],
      [...Array(18).keys()].map((i) => (i * 7) % 5),
    )
    for (const axis of [[0], [0, 1], null]) {
      const scale = data.fitNormalization(given, { axis })
      const host = data.normalize(given, scale)
      const device = jit((v) => data.normalize(v, scale))(np.array([...given.data]).reshape([3, 2, 3]))
      const values = [...device.dataSync()]
      values.forEach((value, i) => expect(value).toBeCloseTo(host.data[i] ?? NaN, 5))
      const back = data.denormalize(host, scale).data
      back.forEach((value, i) => expect(value).toBeCloseTo(given.data[i] ?? NaN, 5))
      const inverse = data.denormalize(device, scale).dataSync()
      inverse.forEach((value: number, i: number) => expect(value).toBeCloseTo(given.data[i] ?? NaN, 5))
    }
  })

  it('makes one-hot rows', () => {
    const labels = { data: Uint8Array.of(1, 0, 2), shape: [3], dtype: 'uint8' as const }
    expect(data.oneHot(labels, 3)).toEqual(tensor([3, 3], [0, 1, 0, 1, 0, 0, 0, 0, 1]))
    expect(() => data.oneHot(labels, 2)).toThrow('labels[2] must be a whole number from 0 to 1, got 2')
  })

  it.each([
    ['no rows', () => data.fitNormalization(tensor([0, 2], [])), 'the number of rows must be at least 1'],
    [
      'axes without that of the rows',
      () => data.fitNormalization(x, { axis: 1 }),
      'the first, that of the rows',
    ],
    [
      'other features',
      () => data.normalize(tensor([1, 3], [1, 2, 3]), data.fitNormalization(x)),
      'statistics broadcast',
    ],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })
})
