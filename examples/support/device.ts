// Which device an example computes on: the one asked for, else WebGPU where there is an adapter, else WebAssembly.

import { CotangentError, defaultDevice, devices, init, type DeviceName } from 'cotangent'
import { usageError } from './commandLine.js'

/** Makes the device the default one, and says which it is and why. */
export async function useDevice(wanted: DeviceName | undefined): Promise<DeviceName> {
  const [name, why] = wanted === undefined ? await bestDevice() : await thisDevice(wanted)
  defaultDevice(name)
  const description = devices().find((device) => device.name === name)?.description
  console.log(`Device: ${name}, ${why} (${description})`)
  return name
}

/** Why a device cannot be had, from the error of init. */
function reasonOf(error: unknown): string {
  if (error instanceof CotangentError && error.code === 'device')
    return (error as CotangentError<'device'>).detail.reason
  throw error
}

async function thisDevice(name: DeviceName): Promise<[DeviceName, string]> {
  await init(name).catch((error: unknown) => usageError(`--device ${name}: ${reasonOf(error)}`))
  return [name, 'asked for with --device']
}

async function bestDevice(): Promise<[DeviceName, string]> {
  try {
    await init('webgpu')
    const { description = '' } = devices().find((device) => device.name === 'webgpu') ?? {}
    const hint = /swiftshader|llvmpipe|software/i.test(description)
      ? ' (it computes in software: --device wasm is faster here)'
      : ''
    return ['webgpu', `because there is a WebGPU adapter${hint}`]
  } catch (error) {
    return ['wasm', `because WebGPU is not to be had: ${reasonOf(error)}`]
  }
}
