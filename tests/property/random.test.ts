// Laws of random numbers: a key always gives the same numbers, longer draws begin with the shorter ones, and no
// transformation changes them.

import * as fc from 'fast-check'
import { beforeAll, expect } from 'vitest'
import { defaultDevice, jit, random, vmap, type NDArray } from 'cotangent'
import { expectClose } from '../../src/testing/compare.js'
import { law } from './support.js'

beforeAll(() => {
  defaultDevice('reference')
})

type Draw = (key: random.Key, shape: number[]) => NDArray
const draws: Readonly<Record<string, Draw>> = {
  bits: (key, shape) => random.bits(key, shape),
  uniform: (key, shape) => random.uniform(key, shape),
  normal: (key, shape) => random.normal(key, shape),
  randint: (key, shape) => random.randint(key, { shape, minval: -3, maxval: 7 }),
  bernoulli: (key, shape) => random.bernoulli(key, 0.3, shape),
  exponential: (key, shape) => random.exponential(key, shape),
}
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const draw = fc.constantFrom(...Object.keys(draws)).map((name) => draws[name] as Draw)
const size = fc.integer({ min: 1, max: 20 })
const same = { rtol: 0, atol: 0 }
/** Fused code may round once where separate operations round twice. */
const rounded = { rtol: 1e-6, atol: 1e-6 }

law('a key gives the same numbers every time', fc.tuple(seed, draw, size), 40, async ([s, f, n]) => {
  await expectClose('the same key', [f(random.key(s), [n])], [f(random.key(s), [n])], same)
})
law('different keys give different numbers', fc.tuple(seed, seed), 40, ([a, b]) => {
  fc.pre(a !== b)
  expect(random.bits(random.key(a), [4]).js()).not.toEqual(random.bits(random.key(b), [4]).js())
})
law(
  'a longer draw begins with the shorter one',
  fc.tuple(seed, draw, size, size),
  60,
  async ([s, f, n, more]) => {
    const key = random.key(s)
    await expectClose('the prefix', [f(key, [n + more]).slice([0, n])], [f(key, [n])], same)
  },
)
law('split gives the same keys, however many', fc.tuple(seed, size, size), 40, async ([s, n, more]) => {
  const key = random.key(s)
  const data = (count: number): NDArray => random.keyData(random.split(key, count))
  await expectClose('the prefix', [data(n + more).slice([0, n])], [data(n)], same)
})
law(
  'vmap over keys is a draw for each',
  fc.tuple(seed, draw, fc.integer({ min: 1, max: 4 }), size),
  40,
  async ([s, f, count, n]) => {
    const keys = random.split(random.key(s), count)
    const each = [...keys].map((key) => f(key, [n]))
    const mapped = vmap((key: random.Key) => f(key, [n]))(keys)
    await expectClose(
      'vmap',
      each.map((_, i) => mapped.slice(i)),
      each,
      rounded,
    )
  },
)
law('jit changes nothing', fc.tuple(seed, draw, size), 40, async ([s, f, n]) => {
  const key = random.key(s)
  await expectClose('jit', [jit((k: random.Key) => f(k, [n]))(key)], [f(key, [n])], rounded)
})
