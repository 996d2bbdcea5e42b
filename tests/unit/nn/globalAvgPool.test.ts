// The mean over time with a mask: laws of padding, values and gradients.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  nn,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose } from './reference.js'

defaultDevice('reference')

const none = { params: null, state: null }
const pool = (x: NDArray, mask?: readonly (readonly boolean[])[]): NDArray =>
  nn.globalAvgPool().apply(none, x, mask === undefined ? {} : { mask: np.array(mask) })[0]

/** Sequences [batch, length, channels] of any numbers, with a mask [batch, length]. */
const sequences = fc
  .tuple(fc.nat(1000), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }))
  .chain(([seed, batch, length]) => {
    const row = fc.array(fc.boolean(), { minLength: length, maxLength: length })
    return fc.record({
      x: fc.constant(random.normal(random.key(seed), [batch, length, 2])),
      mask: fc.array(row, { minLength: batch, maxLength: batch }),
    })
  })
const holds = (
  law: (given: { readonly x: NDArray; readonly mask: readonly (readonly boolean[])[] }) => void,
): void => fc.assert(fc.property(sequences, law), { numRuns: 40, seed: 1 })

describe('the masked mean over time', () => {
  it('is the mean of the steps where the mask is set, 0 where there is none', () => {
    holds(({ x, mask }) => {
      const rows = x.js() as number[][][]
      const expected = rows.map((steps, i) => {
        const real = steps.filter((_, t) => mask[i]?.[t] === true)
        return [0, 1].map(
          (c) => real.reduce((sum, step) => sum + (step[c] ?? 0), 0) / Math.max(1, real.length),
        )
      })
      expectClose(pool(x, mask), np.array(expected))
    })
  })

  it('is the plain mean where every step is set', () => {
    holds(({ x, mask }) => {
      const all = mask.map((row) => row.map(() => true))
      expectClose(pool(x, all), pool(x))
    })
  })

  it.each([NaN, Infinity, 1e30])('does not see what stands at padding, be it %s', (filler) => {
    holds(({ x, mask }) => {
      const other = np.where(np.expandDims(np.array(mask), 2), x, filler)
      expect(pool(other, mask).js()).toEqual(pool(x, mask).js())
      const longer = np.concatenate([x, np.full([x.shape[0] ?? 0, 2, 2], filler)], 1)
      expectClose(
        pool(
          longer,
          mask.map((row) => [...row, false, false]),
        ),
        pool(x, mask),
      )
    })
  })

  it('has gradients that are zero at padding, of rows without anything else too', async () => {
    holds(({ x, mask }) => {
      const gradient = grad((input: NDArray) => np.sum(np.square(pool(input, mask))))(x).js() as number[][][]
      gradient.forEach((steps, i) =>
        steps.forEach((step, t) => {
          if (mask[i]?.[t] === true) expect(step.every(Number.isFinite)).toBe(true)
          else expect(step.map(Math.abs)).toEqual([0, 0])
        }),
      )
    })
    const mask = [
      [true, false, true],
      [false, false, false],
    ]
    const x = random.normal(random.key(0), [2, 3, 2])
    await checkGrads((input: NDArray) => pool(input, mask), [x])
    expectClose(jit((input: NDArray) => pool(input, mask))(x), pool(x, mask))
  })

  it('gets its mask through sequential, and takes masks of images', () => {
    const model = nn.sequential(nn.activation(nn.relu), nn.globalAvgPool())
    const variables = model.init(random.key(0), [2, 1])
    const mask = np.array([[true, false]])
    expect(model.apply(variables, np.array([[[3], [5]]]), { mask })[0].js()).toEqual([[3]])
    const image = np.arange(4).reshape([1, 2, 2, 1])
    const pixels = np.array([
      [
        [true, false],
        [true, true],
      ],
    ])
    expectClose(nn.globalAvgPool().apply(none, image, { mask: pixels })[0], np.array([[5 / 3]]))
    expect(pool(image, [[false, true]]).js()).toEqual([[2.5]])
  })

  it('keeps integers and half types as the mean does', () => {
    const big = np.full([1, 4, 1], 60_000, { dtype: 'float16' })
    const y = pool(big, [[true, true, true, false]])
    expect([y.dtype, y.js()]).toEqual(['float16', [[60_000]]])
    expect(pool(np.array([[[1], [2]]], { dtype: 'int32' }), [[true, true]]).js()).toEqual([[1.5]])
  })

  it('reports masks of other shapes', () => {
    const call = (): NDArray => pool(np.ones([2, 3, 1]), [[true, true]])
    expect(call).toThrow(CotangentError)
    expect(call).toThrow('nn.globalAvgPool: a mask whose shape is the beginning')
  })
})
