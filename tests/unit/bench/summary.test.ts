import { describe, expect, test } from 'vitest'
import { difference, summarize } from '../../../bench/session/summary.js'
import { tensorData } from '../../../bench/workloads/tensor.js'
import { workloads } from '../../../bench/workloads/index.js'
import { oneHot, uniform } from '../../../bench/workloads/workload.js'

describe('summaries of results', () => {
  const data = tensorData(uniform([100_000], 1))
  const changed = (at: number, value: number): Float32Array => {
    const copy = data.slice()
    copy[at] = value
    return copy
  }

  test('agree within the tolerance', () => {
    const near = data.map((x) => x + 1e-6)
    expect(difference(summarize(data), summarize(near), 1e-5)).toBeNull()
    expect(difference(summarize([1, 2]), summarize([1, 2]), 0)).toBeNull()
  })

  test('one wrong number among many is found', () => {
    expect(difference(summarize(data), summarize(changed(77_777, 1.5)), 1e-3)).toMatch('1.5 instead of')
  })

  test('what is not finite agrees with nothing, itself included', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const broken = summarize(changed(50_001, value))
      expect(difference(summarize(data), broken, 1)).toMatch('not finite')
      expect(difference(broken, broken, 1)).toMatch('not finite')
    }
  })

  test('sizes have to be equal', () => {
    expect(difference(summarize([1, 2, 3]), summarize([1, 2]), 1)).toBe('2 numbers instead of 3')
  })
})

describe('inputs', () => {
  test('are the numbers that bench/peers/common.py makes', () => {
    const [a = 0, b = 0, c = 0] = tensorData(uniform([2, 3], 7, 2, 0.5))
    expect([a, b, c]).toEqual([0.7710197567939758, 2.376055955886841, 1.2688709497451782])
  })

  test('one-hot rows', () => {
    expect([...tensorData(oneHot(2, 10))].flatMap((x, i) => (x === 1 ? [i] : []))).toEqual([0, 17])
  })

  test('names of workloads are unique', () => {
    for (const size of ['full', 'reduced'] as const) {
      const names = workloads(size).map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
    }
  })
})
