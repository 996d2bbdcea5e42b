/**
 * Who frees arrays: scopes, using, finalizers; and memory that stays flat.
 */

import { beforeEach, describe, expect, test } from 'vitest'
import '../../../src/install.js'
import { avalOf } from '../../../src/core/aval.js'
import { constant } from '../../../src/core/constants.js'
import { currentDevice } from '../../../src/core/device.js'
import { withInterpreter, type Interpreter } from '../../../src/core/interpreter.js'
import type { ConcreteArray, NDArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import { defaultDevice, memoryStats } from '../../../src/runtime/devices.js'
import { scope } from '../../../src/runtime/memory.js'
import { nextTask } from '../../../src/runtime/pressure.js'

const array = (...numbers: readonly number[]): ConcreteArray =>
  currentDevice().put(avalOf([numbers.length], 'float32'), Float32Array.from(numbers))

let before = 0
beforeEach(() => {
  defaultDevice('reference')
  before = memoryStats('reference').arrays
})
const made = (): number => memoryStats('reference').arrays - before

describe('scope', () => {
  test('frees what is made inside, except the tree it returns', () => {
    const inside: NDArray[] = []
    const kept = scope(() => {
      const x = array(1, 2)
      inside.push(x, ops.neg(x))
      return { list: [ops.add(x, x)], none: null, text: 'as it is' }
    })
    expect(kept.list[0]?.js()).toEqual([2, 4])
    expect(kept.text).toBe('as it is')
    expect(made()).toBe(1)
    expect(() => inside[0]?.js()).toThrow(
      'js: this array f32[2] is gone (scope ended). Return it from scope(), or copy it, to use it afterwards.',
    )
    kept.list[0]?.dispose()
  })
  test('leaves arrays from outside alone', () => {
    const x = array(1)
    scope(() => ops.neg(x))
    expect(x.js()).toEqual([1])
    x.dispose()
  })
  test('nests: what the inner one returns belongs to the outer one', () => {
    const inner: NDArray[] = []
    const kept = scope(() => {
      const x = scope(() => ops.neg(array(1)))
      inner.push(x)
      return ops.neg(x)
    })
    expect(kept.js()).toEqual([1])
    expect(() => inner[0]?.js()).toThrow('scope ended')
    kept.dispose()
    expect(made()).toBe(0)
  })
  test('ends where the body throws', () => {
    expect(() =>
      scope(() => {
        array(1)
        throw new Error('from the body')
      }),
    ).toThrow('from the body')
    expect(made()).toBe(0)
  })
  test('waits for an async body', async () => {
    const kept = await scope(async () => {
      const x = array(3)
      await nextTask()
      return [ops.neg(x), await x.itemAsync()] as const
    })
    expect([kept[0].item(), kept[1], made()]).toEqual([-3, 3, 1])
    kept[0].dispose()
    await expect(
      scope(async () => {
        array(1)
        await nextTask()
        throw new Error('rejected')
      }),
    ).rejects.toThrow('rejected')
    expect(made()).toBe(0)
  })
  test('leaves arrays to the collector where async scopes overlap without nesting', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const mine: NDArray[] = []
    const first = scope(async () => {
      await gate
    })
    const second = scope(async () => {
      mine.push(array(1))
      release()
      await first
      mine.push(array(2))
    })
    await second
    expect(mine.map((x) => x.item())).toEqual([1, 2])
    for (const x of mine) x.dispose()
  })
  test('does not end host arrays that a trace captures', () => {
    const tracing: Interpreter = { name: 'a trace', process: () => [] }
    const captured: NDArray[] = []
    scope(() => withInterpreter(tracing, () => captured.push(array(5))))
    expect(captured[0]?.item()).toBe(5)
    captured[0]?.dispose()
  })
})

test('using and dispose free at once', () => {
  {
    using x = array(1, 2)
    expect([x.ndim, made()]).toEqual([1, 1])
  }
  expect(made()).toBe(0)
})

describe('forgotten arrays', () => {
  test('are freed, so that memory stays flat over awaited steps', async () => {
    const kilobytes = 64
    const x = ops.add(constant(1, 'float32', [kilobytes * 256]), constant(1, 'float32', [kilobytes * 256]))
    let peak = 0
    for (let step = 0; step < 1500; step++) {
      const shared = ops.reshape(x, [256, kilobytes])
      const y = ops.dynamicSlice(shared, [constant(0, 'int32'), constant(0, 'int32')], [1, 1])
      // Forgotten: a megabyte every 16 steps.
      forgetCopyOf(x)
      expect(await y.itemAsync()).toBe(2)
      peak = Math.max(peak, memoryStats('reference').liveBytes)
    }
    // 94 MB were made; the limit at which collections start is 64 MB.
    expect(peak).toBeLessThan(80 * 2 ** 20)
    x.dispose()
  }, 60_000)
  test('are freed when they are many and small', async () => {
    let peak = 0
    for (let step = 0; step < 3000; step++) {
      let y: NDArray = constant(1, 'float32', [4])
      for (let i = 0; i < 10; i++) y = ops.add(y, y)
      expect((await y.data())[0]).toBe(1024)
      peak = Math.max(peak, made())
    }
    // 30,000 arrays were made; collections start at 8,192.
    expect(peak).toBeLessThan(10_000)
  }, 60_000)
  test('are freed where nothing is read, but tasks pass', async () => {
    let peak = 0
    for (let step = 0; step < 8000; step++) {
      let y: NDArray = constant(1, 'float32', [4])
      for (let i = 0; i < 10; i++) y = ops.add(y, y)
      await nextTask()
      peak = Math.max(peak, made())
    }
    // 80,000 arrays were made.
    expect(peak).toBeLessThan(40_000)
  }, 60_000)
})

/** A new array with the numbers of `x`, which nobody keeps. */
function forgetCopyOf(x: NDArray): void {
  currentDevice().put(x.aval, new Float32Array(x.size))
}
