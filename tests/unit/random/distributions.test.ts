// Distributions: moments, ranges, dtypes, derivatives and errors. The exact numbers are in the conformance file.

import { describe, expect, it } from 'vitest'
import { CotangentError, defaultDevice, grad, numpy as np, random, type NDArray } from '../../../src/index.js'

defaultDevice('reference')

const n = 4000
const key = (i: number): random.Key => random.foldIn(random.key(20), i)

interface Moments {
  readonly mean: number
  readonly deviation: number
}

/** Five standard errors: a right distribution fails once in a million. */
function expectMoments(x: NDArray, { mean, deviation }: Moments): void {
  const values = Float64Array.from(x.dataSync())
  const average = values.reduce((a, b) => a + b, 0) / values.length
  const spread = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length)
  expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(values.length))
  expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.15)
}

const euler = 0.5772156649015329

describe('moments', () => {
  it.each<[string, () => NDArray, Moments]>([
    [
      'uniform',
      () => random.uniform(key(0), [n], { minval: -1, maxval: 3 }),
      { mean: 1, deviation: 4 / Math.sqrt(12) },
    ],
    ['normal', () => random.normal(key(1), [n]), { mean: 0, deviation: 1 }],
    ['truncatedNormal', () => random.truncatedNormal(key(2), -2, 2, [n]), { mean: 0, deviation: 0.8796 }],
    ['gumbel', () => random.gumbel(key(3), [n]), { mean: euler, deviation: Math.PI / Math.sqrt(6) }],
    ['exponential', () => random.exponential(key(4), [n]), { mean: 1, deviation: 1 }],
    ['laplace', () => random.laplace(key(5), [n]), { mean: 0, deviation: Math.SQRT2 }],
    ['logistic', () => random.logistic(key(6), [n]), { mean: 0, deviation: Math.PI / Math.sqrt(3) }],
    ['bernoulli', () => random.bernoulli(key(7), 0.2, [n]), { mean: 0.2, deviation: 0.4 }],
    ['rademacher', () => random.rademacher(key(8), { shape: [n] }), { mean: 0, deviation: 1 }],
    [
      'randint',
      () => random.randint(key(9), { minval: -3, maxval: 4, shape: [n] }),
      { mean: 0, deviation: 2 },
    ],
    ['geometric', () => random.geometric(key(10), 0.5, { shape: [n] }), { mean: 2, deviation: Math.SQRT2 }],
    [
      'rayleigh',
      () => random.rayleigh(key(11), 2, [n]),
      { mean: 2 * Math.sqrt(Math.PI / 2), deviation: 2 * Math.sqrt(2 - Math.PI / 2) },
    ],
    ['triangular', () => random.triangular(key(12), 0, 1, 2, [n]), { mean: 1, deviation: 1 / Math.sqrt(6) }],
    ['lognormal', () => random.lognormal(key(13), 0.25, [n]), { mean: 1.0317, deviation: 0.262 }],
    ['pareto', () => random.pareto(key(14), 6, [n]), { mean: 1.2, deviation: 0.245 }],
    ['weibullMin', () => random.weibullMin(key(15), 1, 2, [n]), { mean: 0.8862, deviation: 0.4633 }],
    [
      'categorical',
      () => random.categorical(key(16), np.log(np.array([0.25, 0.5, 0.25])), { shape: [n] }),
      { mean: 1, deviation: Math.SQRT1_2 },
    ],
  ])('%s', (_, draw, moments) => expectMoments(draw(), moments))

  it('the median of cauchy is 0 and half of it lies within 1', () => {
    const values = [...random.cauchy(key(17), [n]).dataSync()]
    expect(Math.abs(values.filter((x) => x > 0).length / n - 0.5)).toBeLessThan(0.04)
    expect(Math.abs(values.filter((x) => Math.abs(x) < 1).length / n - 0.5)).toBeLessThan(0.04)
  })
})

describe('dtypes and ranges', () => {
  it.each(['float16', 'bfloat16', 'float32', 'float64'] as const)('uniform and normal in %s', (dtype) => {
    const u = random.uniform(key(0), [n], { dtype })
    expect(u.dtype).toBe(dtype)
    expectMoments(u, { mean: 0.5, deviation: 1 / Math.sqrt(12) })
    expect(Math.min(...u.dataSync())).toBeGreaterThanOrEqual(0)
    expect(Math.max(...u.dataSync())).toBeLessThan(1)
    expectMoments(random.normal(key(1), [n], { dtype }), { mean: 0, deviation: 1 })
  })

  it('float64 uses more than 32 random bits', () => {
    const values = random.uniform(key(0), [100], { dtype: 'float64' }).dataSync()
    expect(values.some((x) => (x * 2 ** 33) % 1 !== 0)).toBe(true)
  })

  it('randint reaches the ends of narrow and wide dtypes', () => {
    const bytes = random.randint(key(2), { minval: 0, maxval: 256, shape: [n], dtype: 'uint8' })
    expect([Math.min(...bytes.dataSync()), Math.max(...bytes.dataSync())]).toEqual([0, 255])
    const all = random.randint(key(3), { minval: -(2 ** 31), maxval: 2 ** 31, shape: [n] })
    expect(Math.max(...all.dataSync())).toBeGreaterThan(2 ** 30)
    expect(Math.min(...all.dataSync())).toBeLessThan(-(2 ** 30))
    expect(random.randint(key(4), { minval: 5, maxval: 5, shape: [3] }).js()).toEqual([5, 5, 5])
  })

  it('truncatedNormal stays inside', () => {
    const x = random.truncatedNormal(key(5), 3, 3.001, [200]).dataSync()
    expect(x.every((value) => value > 3 && value < Math.fround(3.001))).toBe(true)
  })
})

describe('selections', () => {
  it('permute, and choose without replacement', () => {
    const order = random.permutation(key(0), 50).dataSync()
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    const chosen = random.choice(key(1), np.arange(20), { shape: [3, 5], replace: false })
    expect(chosen.shape).toEqual([3, 5])
    expect(new Set(chosen.dataSync()).size).toBe(15)
  })

  it('keep rows together', () => {
    const x = np.array([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
    for (const [a, b] of random.permutation(key(2), x).js() as number[][]) expect(a).toBe(b)
    expect(random.choice(key(3), x, { shape: [2, 2], axis: 0 }).shape).toEqual([2, 2, 2])
  })

  it('never choose what has probability 0', () => {
    const p = np.array([0, 0.5, 0, 0.5])
    expect(new Set(random.choice(key(4), 4, { shape: [200], p }).dataSync())).toEqual(new Set([1, 3]))
    expect(new Set(random.choice(key(4), 4, { shape: [2], p, replace: false }).dataSync())).toEqual(
      new Set([1, 3]),
    )
  })

  it('work on empty arrays', () => {
    expect(random.permutation(key(0), 0).shape).toEqual([0])
    expect(random.choice(key(0), 5, { shape: [0] }).shape).toEqual([0])
    expect(random.normal(key(0), [2, 0]).shape).toEqual([2, 0])
  })
})

describe('derivatives', () => {
  it('uniform in its bounds', () => {
    const f = (low: NDArray): NDArray => random.uniform(key(0), [5], { minval: low, maxval: 2 }).sum()
    const share = random.uniform(key(0), [5]).dataSync()
    expect(grad(f)(np.array(1)).item()).toBeCloseTo(
      [...share].reduce((sum, u) => sum + 1 - u, 0),
      4,
    )
  })
})

describe('errors', () => {
  it.each<[string, () => unknown, string]>([
    ['a negative shape', () => random.normal(key(0), [-1]), 'a list of whole numbers >= 0'],
    ['an integer dtype', () => random.uniform(key(0), [1], { dtype: 'int32' as 'float32' }), 'a float dtype'],
    [
      'parameters that do not fit',
      () => random.bernoulli(key(0), np.array([0.1, 0.2]), [3]),
      'shapes that broadcast',
    ],
    [
      'parameters larger than the result',
      () => random.bernoulli(key(0), np.array([0.1, 0.2]), [1]),
      'broadcast to the shape of the result',
    ],
    [
      'fractions in randint',
      () => random.randint(key(0), { minval: 0, maxval: 1.5 }),
      'whole numbers or integer arrays',
    ],
    ['an unsigned rademacher', () => random.rademacher(key(0), { dtype: 'uint32' }), 'a signed dtype'],
    [
      'too many choices',
      () => random.choice(key(0), 3, { shape: [4], replace: false }),
      'at most 3 draws from 3 items without replacement',
    ],
    ['a choice of nothing', () => random.choice(key(0), 0, { shape: [1] }), 'at most 0 draws'],
    [
      'wrong probabilities',
      () => random.choice(key(0), 3, { p: np.array([0.5, 0.5]) }),
      'a probability for each of the 3 items',
    ],
    [
      'a shape without the batch',
      () => random.categorical(key(0), np.zeros([2, 3]), { shape: [3] }),
      'ends in the batch shape [2]',
    ],
  ])('report %s', (_, call, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
  })
})
