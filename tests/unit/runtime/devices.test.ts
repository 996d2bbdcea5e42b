/**
 * Devices: acquiring, choosing, moving arrays, and losing one.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import '../../../src/install.js'
import { avalOf } from '../../../src/core/aval.js'
import { constant } from '../../../src/core/constants.js'
import { currentDevice, type DeviceName } from '../../../src/core/device.js'
import { CotangentError } from '../../../src/core/errors.js'
import type { ConcreteArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import {
  defaultDevice,
  devicePut,
  devicePutAsync,
  devices,
  init,
  memoryStats,
  registerBackend,
} from '../../../src/runtime/devices.js'
import { fakeDevice, type FakeDevice } from './fakeBackend.js'

const array = (...numbers: readonly number[]): ConcreteArray =>
  currentDevice().put(avalOf([numbers.length], 'float32'), Float32Array.from(numbers))

let adapter: (() => FakeDevice) | string = fakeDevice
let current: FakeDevice | undefined
registerBackend('webgpu', {
  kind: 'async',
  make: async () => {
    if (typeof adapter === 'string') throw new Error(adapter)
    current = adapter()
    return current.backend
  },
})

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

beforeEach(() => {
  defaultDevice('reference')
  adapter = fakeDevice
})
afterEach(async () => {
  defaultDevice('reference')
  current?.lose('the test is over')
  await settled()
})

describe('init', () => {
  test('is needed for a device that has to be acquired', async () => {
    expect(devices().map((d) => d.name)).not.toContain('webgpu')
    expect(() => defaultDevice('webgpu')).toThrow(
      "defaultDevice: device 'webgpu': it has not been acquired yet. Call `await init('webgpu')` first.",
    )
    expect(await init('webgpu')).toContain('webgpu')
    expect(devices().find((d) => d.name === 'webgpu')?.description).toBe('a fake adapter')
    expect(defaultDevice('webgpu')).toBe('webgpu')
    expect(array(1).device).toBe('webgpu')
  })
  test('says why there is no adapter, and tolerates it where no device is named', async () => {
    adapter = 'requestAdapter() gave null'
    await expect(init('webgpu')).rejects.toThrow(
      "init: device 'webgpu': requestAdapter() gave null. The device 'wasm' works everywhere.",
    )
    await expect(init('webgpu')).rejects.toBeInstanceOf(CotangentError)
    expect(await init()).not.toContain('webgpu')
    expect(defaultDevice()).toBe('reference')
  })
  test('does not acquire a device twice', async () => {
    await init('webgpu')
    const first = current
    await init()
    expect(current).toBe(first)
  })
  test('knows the names', async () => {
    await expect(init('cuda' as DeviceName)).rejects.toThrow(
      "init: device must be one of 'wasm', 'webgpu', 'reference', got 'cuda'.",
    )
    expect(() => defaultDevice('cuda' as DeviceName)).toThrow('defaultDevice: device must be one of')
  })
})

describe('devicePut', () => {
  test('moves trees, shares what is there, and makes arrays of numbers', () => {
    const x = array(1, 2)
    const moved = devicePut({ x, n: 3, list: [constant(2, 'float32', [2])] }, 'reference')
    expect((moved.x as ConcreteArray).device).toBe('reference')
    x.dispose()
    expect(moved.x.js()).toEqual([1, 2])
    expect([moved.n.item(), moved.n.dtype]).toEqual([3, 'int32'])
    expect((moved.list[0] as ConcreteArray).device).toBe('reference')
  })
  test('goes to and from a device without synchronous reads', async () => {
    await init('webgpu')
    const there = devicePut(array(1, 2), 'webgpu')
    expect(() => there.dataSync()).toThrow(
      "reading an array: device 'webgpu' cannot be read synchronously. Use `await x.data()`, `await x.jsAsync()` or `await x.itemAsync()`.",
    )
    expect(() => devicePut(there, 'reference')).toThrow(
      "devicePut: device 'webgpu' cannot be read synchronously. Use `await devicePutAsync(x, device)`.",
    )
    const back = await devicePutAsync({ there, n: 1 }, 'reference')
    expect([back.there.js(), back.n.item()]).toEqual([[1, 2], 1])
  })
  test('refuses a dtype that the device lacks', async () => {
    await init('webgpu')
    const double = currentDevice().put(avalOf([1], 'float64'), new Float64Array([1]))
    expect(() => devicePut(double, 'webgpu')).toThrow(
      "array creation: a dtype that device 'webgpu' has, got float64. Convert with astype, or compute on 'wasm'.",
    )
    const there = devicePut(array(1), 'webgpu')
    expect(() => ops.convert(there, 'float64')).toThrow(
      "convert (convert): a dtype that device 'webgpu' has, got float64.",
    )
  })
})

describe('operations', () => {
  test('stay where their arguments are, whatever the default', async () => {
    await init('webgpu')
    const there = devicePut(array(1, 2), 'webgpu')
    const sum = ops.add(there, constant(1, 'float32', [2])) as ConcreteArray
    expect([sum.device, await sum.jsAsync()]).toEqual(['webgpu', [2, 3]])
  })
  test('do not mix devices', async () => {
    await init('webgpu')
    const here = array(1, 2)
    const there = devicePut(here, 'webgpu')
    expect(() => ops.add(here, there)).toThrow(
      "add: device 'webgpu': the arguments are on different devices ('reference' and 'webgpu'). Move them to one device: devicePut(x, 'reference').",
    )
  })
})

describe('a lost device', () => {
  test('gives typed errors, and init brings it back', async () => {
    await init('webgpu')
    const there = devicePut(array(1, 2), 'webgpu')
    current?.lose('the driver was reset')
    await settled()
    const text =
      "device 'webgpu': the driver was reset. Its arrays are gone: call `await init('webgpu')` and make them again."
    await expect(there.data()).rejects.toThrow(text)
    expect(() => ops.neg(there)).toThrow(`neg: ${text}`)
    expect(() => defaultDevice('webgpu')).toThrow(text)
    expect(devices().map((d) => d.name)).not.toContain('webgpu')
    there.dispose()

    await init('webgpu')
    const again = devicePut(array(3, 4), 'webgpu')
    expect(await ops.neg(again).jsAsync()).toEqual([-3, -4])
    await expect(there.data()).rejects.toThrow('disposed')
  })
})

test('memoryStats adds the devices up', async () => {
  await init('webgpu')
  const before = { all: memoryStats(), reference: memoryStats('reference') }
  const x = array(1, 2, 3)
  const y = devicePut(x, 'webgpu')
  expect(memoryStats().liveBytes - before.all.liveBytes).toBe(24)
  expect(memoryStats().arrays - before.all.arrays).toBe(2)
  expect(memoryStats('reference').liveBytes - before.reference.liveBytes).toBe(12)
  x.dispose()
  y.dispose()
  expect(memoryStats().arrays - before.all.arrays).toBe(0)
  expect(memoryStats('reference').peakBytes).toBeGreaterThanOrEqual(12)
})
