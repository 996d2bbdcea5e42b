/**
 * What a device is to the rest of the library: a place for arrays that runs jaxprs. The registry knows the
 * default one; devices themselves live in runtime/ and are installed by the composition root.
 */

import type { Aval } from './aval.js'
import type { DType, HostArray } from './dtype.js'
import { fail } from './errors.js'
import type { ConcreteArray } from './ndarray.js'

export type DeviceName = 'wasm' | 'webgpu' | 'reference'

export interface Device {
  readonly name: DeviceName
  /** One line for people: adapter, threads, SIMD level. */
  readonly description: string
  supports(dtype: DType): boolean
  /** Copies host numbers (already of the dtype's host array type) to the device. */
  put(aval: Aval, data: HostArray): ConcreteArray
}

let chooseDefault: (() => Device) | undefined

export const installDefaultDevice = (choose: () => Device): void => {
  chooseDefault = choose
}

/** Where new arrays are made. */
export function currentDevice(): Device {
  if (chooseDefault === undefined)
    return fail('device', {
      operation: 'array creation',
      device: 'none',
      reason: 'no device is installed',
      fix: "Import from 'cotangent'.",
    })
  return chooseDefault()
}
