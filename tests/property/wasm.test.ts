// The wasm device against the reference device, over random programs in single precision.

import { backendLaws } from './backends.js'

backendLaws('wasm', { compiled: 60, eager: 30, gradients: 40, each: 2, runs: 'any' })
