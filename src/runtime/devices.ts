/**
 * Which devices there are, which is the default, and how arrays move between them. The composition root registers
 * how each backend is made; a device is made on first use, or by init where that takes time.
 */

import { hostArray } from '../core/dtype.js'
import type { DeviceName } from '../core/device.js'
import { CotangentError, fail } from '../core/errors.js'
import { E, pipe, TE, type TaskEither } from '../core/fp.js'
import { ConcreteArray, NDArray } from '../core/ndarray.js'
import { constant } from '../core/constants.js'
import { flatten, unflatten, type MapTree } from '../core/tree.js'
import { mostThreads } from '../lowering/wasm/control.js'
import type { Backend, DeviceOptions } from './backend.js'
import { BackendDevice } from './device.js'
import { DeviceStorage, type DeviceHandle } from './storage.js'

export type { DeviceOptions } from './backend.js'

/** How a backend is made: at once, or by acquiring an adapter. */
export type BackendMaker =
  | { readonly kind: 'sync'; readonly make: () => Backend }
  | { readonly kind: 'async'; readonly make: () => Promise<Backend> }

const makers = new Map<DeviceName, BackendMaker>()
const ready = new Map<DeviceName, BackendDevice>()
let defaultName: DeviceName = 'wasm'

/** Makes a backend known; called by the composition root. */
export const registerBackend = (name: DeviceName, maker: BackendMaker): void => {
  makers.set(name, maker)
}

const known = (): string => [...makers.keys()].map((name) => `'${name}'`).join(', ')

function makerOf(name: DeviceName, operation: string): BackendMaker {
  const maker = makers.get(name)
  if (maker === undefined)
    return fail('argument', {
      operation,
      argument: 'device',
      received: `'${name}'`,
      expected: `one of ${known()}`,
    })
  return maker
}

function keep(backend: Backend): BackendDevice {
  const device = new BackendDevice(backend)
  ready.set(device.name, device)
  return device
}

/** The device, ready for use; an error where it has to be acquired first. */
function handleOf(name: DeviceName, operation: string): BackendDevice {
  const device = ready.get(name)
  if (device?.isAlive === true) return device
  const maker = makerOf(name, operation)
  if (maker.kind === 'sync') return keep(maker.make())
  device?.checkAlive(operation)
  return fail('device', {
    operation,
    device: name,
    reason: 'it has not been acquired yet',
    fix: `Call \`await init('${name}')\` first.`,
  })
}

/** The handle of the default device. */
export const defaultHandle = (): DeviceHandle => handleOf(defaultName, 'array creation')

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Acquires a device: the failure is data. */
const acquire = (name: DeviceName): TaskEither<CotangentError<'device'>, BackendDevice> => {
  const device = ready.get(name)
  if (device?.isAlive === true) return TE.right(device)
  const maker = makerOf(name, 'init')
  return pipe(
    TE.tryCatch(
      async () => maker.make(),
      (cause) =>
        cause instanceof CotangentError && cause.code === 'device'
          ? (cause as CotangentError<'device'>)
          : new CotangentError(
              'device',
              {
                operation: 'init',
                device: name,
                reason: messageOf(cause),
                fix: "The device 'wasm' works everywhere.",
              },
              { cause },
            ),
    ),
    TE.map(keep),
  )
}

/**
 * Makes devices ready for use and gives the names of those that are. With a name, acquires that device (again, if
 * it was lost) and throws a `device` error that says why where it cannot be had; without one, acquires what there is.
 * `wasm` and `reference` work without init; `webgpu` needs it.
 *
 * `wasm` computes on as many threads as there are processors, 16 at most; `{ threads }` asks for another number, 1 to
 * 64, and waits until they run. Arrays stay, and results do not depend on it. A page needs to be cross-origin isolated
 * to have more than one thread; the description in `devices()` says how many there are, and why.
 *
 * @example
 * ```ts
 * import { defaultDevice, init } from 'cotangent'
 * const names = await init()
 * defaultDevice(names.includes('webgpu') ? 'webgpu' : 'wasm')
 * ```
 */
export async function init(name?: DeviceName, options: DeviceOptions = {}): Promise<readonly DeviceName[]> {
  checkOptions(name, options)
  for (const wanted of name === undefined ? makers.keys() : [name]) {
    const result = await acquire(wanted)()
    if (name !== undefined && E.isLeft(result)) throw result.left
    if (name !== undefined && E.isRight(result)) await result.right.backend.configure?.(options)
  }
  return devices().map((device) => device.name)
}

function checkOptions(name: DeviceName | undefined, { threads }: DeviceOptions): void {
  if (threads === undefined) return
  const expected =
    name !== 'wasm' ? "left out for a device other than 'wasm'" : `a whole number from 1 to ${mostThreads}`
  if (name === 'wasm' && Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return
  fail('argument', { operation: 'init', argument: 'threads', received: String(threads), expected })
}

/** A device as users see it. */
export interface DeviceInfo {
  readonly name: DeviceName
  /** One line for people: adapter, threads, SIMD level. */
  readonly description: string
}

/**
 * The devices that are ready for use.
 *
 * @example
 * ```ts
 * import { devices } from 'cotangent'
 * devices().map((device) => device.name) // [ 'wasm', 'reference' ]
 * ```
 */
export function devices(): readonly DeviceInfo[] {
  const usable = [...makers].filter(
    ([name, maker]) => maker.kind === 'sync' || ready.get(name)?.isAlive === true,
  )
  return usable.map(([name]) => {
    const { description } = handleOf(name, 'devices')
    return { name, description }
  })
}

/**
 * The device where new arrays are made; with a name, sets it first. It is `wasm` at the start.
 *
 * @example
 * ```ts
 * import { defaultDevice } from 'cotangent'
 * defaultDevice() // 'wasm'
 * ```
 */
export function defaultDevice(name?: DeviceName): DeviceName {
  if (name !== undefined) defaultName = handleOf(name, 'defaultDevice').name
  return defaultName
}

/**
 * The tree with its arrays on `device` (the default one if absent). Arrays that are there already share their memory;
 * numbers become arrays; tracers stay as they are. From a device that cannot be read synchronously, use
 * `devicePutAsync`.
 *
 * @example
 * ```ts
 * import { devicePut, numpy as np } from 'cotangent'
 * const params = devicePut({ w: np.ones([2]), b: 0 }, 'reference')
 * params.b.add(1).item() // 1
 * ```
 */
export function devicePut<T>(tree: T, device?: DeviceName): MapTree<T, NDArray> {
  const target = handleOf(device ?? defaultName, 'devicePut')
  const [leaves, treedef] = flatten(tree)
  return unflatten(
    treedef,
    leaves.map((leaf) => moved(asArray(leaf), target)),
  ) as MapTree<T, NDArray>
}

/** Like devicePut, from any device. */
export async function devicePutAsync<T>(tree: T, device?: DeviceName): Promise<MapTree<T, NDArray>> {
  const target = handleOf(device ?? defaultName, 'devicePutAsync')
  const [leaves, treedef] = flatten(tree)
  const arrays = leaves.map(async (leaf) => {
    const x = asArray(leaf)
    const away =
      x instanceof ConcreteArray && x.device !== null && x.storage('devicePutAsync').device !== target.name
    return away ? target.put(x.aval, await x.data()) : moved(x, target)
  })
  return unflatten(treedef, await Promise.all(arrays)) as MapTree<T, NDArray>
}

function asArray(leaf: unknown): NDArray {
  if (leaf instanceof NDArray) return leaf
  if (typeof leaf === 'boolean') return constant(leaf, 'bool')
  if (typeof leaf === 'number') return constant(leaf, Number.isInteger(leaf) ? 'int32' : 'float32')
  return fail('argument', {
    operation: 'devicePut',
    argument: 'a leaf of the tree',
    received: String(leaf),
    expected: 'an array, a number or a boolean',
  })
}

function moved(x: NDArray, target: BackendDevice): NDArray {
  if (!(x instanceof ConcreteArray)) return x
  const storage = x.storage('devicePut')
  if (storage instanceof DeviceStorage && storage.shared.device === target)
    return new ConcreteArray(x.aval, new DeviceStorage(storage.shared))
  if (storage.fill !== null) return target.put(x.aval, hostArray(x.dtype, x.size).fill(storage.fill))
  if (storage instanceof DeviceStorage && !storage.shared.device.backend.syncRead) {
    fail('syncRead', {
      operation: 'devicePut',
      device: storage.device,
      instead: '`await devicePutAsync(x, device)`',
    })
  }
  return target.put(x.aval, storage.readSync(x.aval))
}

/** Memory on one device, or on all together. */
export interface MemoryStats {
  /** Bytes in buffers that belong to arrays. */
  readonly liveBytes: number
  /** Bytes kept for reuse. */
  readonly pooledBytes: number
  /** The most bytes that were live at once. */
  readonly peakBytes: number
  /** Arrays that nobody freed yet. */
  readonly arrays: number
}

/**
 * What arrays occupy, for one device or for all of them.
 *
 * @example
 * ```ts
 * import { memoryStats, numpy as np } from 'cotangent'
 * const before = memoryStats().arrays
 * const x = np.arange(1000)
 * memoryStats().arrays - before // 1
 * x.dispose()
 * ```
 */
export function memoryStats(device?: DeviceName): MemoryStats {
  const handles =
    device === undefined ? [...ready.values()].filter((d) => d.isAlive) : [handleOf(device, 'memoryStats')]
  const total = { liveBytes: 0, pooledBytes: 0, peakBytes: 0, arrays: 0 }
  for (const { backend, arrays } of handles) {
    const { liveBytes, pooledBytes, peakBytes } = backend.memory()
    total.liveBytes += liveBytes
    total.pooledBytes += pooledBytes
    total.peakBytes += peakBytes
    total.arrays += arrays
  }
  return total
}
