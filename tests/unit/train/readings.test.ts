// Losses are read without waiting for them, and the time left is told from steps that were timed.

import { describe, expect, it } from 'vitest'
import { Pace } from '../../../src/train/pace.js'
import { Readings } from '../../../src/train/readings.js'

/** A read that ends when it is told to. */
function pending<T>(value: T) {
  let finish = (): void => undefined
  const promise = new Promise<T>((resolve) => {
    finish = () => resolve(value)
  })
  return { read: () => promise, finish }
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

describe('readings', () => {
  it('are due every 32 steps, not before', () => {
    const readings = new Readings<number>(Infinity)
    const due = Array.from({ length: 33 }, () => readings.isDue())
    expect(due.indexOf(true)).toBe(31)
  })

  it('do not hold up the loop, until the one before has not come when the next is due', async () => {
    const readings = new Readings<number>(Infinity)
    const [first, second] = [pending(1), pending(2)]
    await readings.start(first.read) // returns at once: the device has not answered
    expect(readings.take()).toBeNull()
    let isStarted = false
    const waiting = readings.start(second.read).then(() => {
      isStarted = true
    })
    await turns()
    expect(isStarted).toBe(false)
    first.finish()
    await waiting
    expect([readings.take(), readings.take()]).toEqual([1, null])
    second.finish()
    await readings.settle()
    expect(readings.take()).toBe(2)
  })

  it('hand on what a lost device says', async () => {
    const readings = new Readings<number>(Infinity)
    await readings.start(() => Promise.reject(new Error('lost')))
    await turns()
    await expect(readings.settle()).rejects.toThrow('lost')
  })
})

describe('the pace', () => {
  it('tells the steps that are left', async () => {
    const pace = new Pace(10)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const { stepsPerSecond, secondsLeft } = pace.measure({
      epoch: 2,
      epochs: 3,
      step: 14,
      batch: 4,
      batches: 10,
    })
    expect(stepsPerSecond).toBeLessThanOrEqual(4 / 0.019)
    // 6 steps of this epoch and 10 of the next.
    expect((secondsLeft ?? 0) * stepsPerSecond).toBeCloseTo(16, 6)
    const unknown = pace.measure({ epoch: 2, epochs: 3, step: 15, batch: 5, batches: null })
    expect(unknown.secondsLeft).toBeNull()
  })
})
