// The wasm device with several threads against the reference device. Every step that can be shared is, however small,
// so that small programs meet at many barriers; there are more threads than there is work for some steps.

import { registerBackend } from '../../src/runtime/devices.js'
import { createWasmBackend } from '../../src/runtime/wasm/index.js'
import { backendLaws } from './backends.js'

registerBackend('wasm', {
  kind: 'sync',
  make: () => createWasmBackend({ threads: 3, serialBelow: 0 }),
})
backendLaws('wasm', { compiled: 60, eager: 10, gradients: 40, each: 1, runs: 'any', threads: 3 })
