// The common factor on the tolerances of the files, for a device with weaker arithmetic than IEEE's.

import type { DeviceName } from '../../src/index.js'

const factors: Readonly<Record<DeviceName, number>> = { reference: 1, wasm: 1, webgpu: 1 }

export const toleranceFactor = (device: DeviceName): number => factors[device]
