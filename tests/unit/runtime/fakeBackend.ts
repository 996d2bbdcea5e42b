/**
 * A backend for tests of what lies above backends: the reference interpreter behind the interface of a device that
 * has to be acquired, cannot be read synchronously, lacks float64, and can be lost.
 */

import { type Backend } from '../../../src/runtime/backend.js'
import { createReferenceBackend } from '../../../src/runtime/reference/index.js'

export interface FakeDevice {
  readonly backend: Backend
  /** Makes the device disappear. */
  readonly lose: (reason: string) => void
}

export function fakeDevice(): FakeDevice {
  const inner = createReferenceBackend()
  let lose: (reason: string) => void = () => undefined
  const lost = new Promise<string>((resolve) => {
    lose = resolve
  })
  const backend: Backend = {
    name: 'webgpu',
    description: 'a fake adapter',
    syncRead: false,
    lost,
    supports: (dtype) => dtype !== 'float64',
    put: (aval, data) => inner.put(aval, data),
    read: (buffer, aval) => inner.read(buffer, aval),
    readSync: () => {
      throw new Error('read synchronously')
    },
    free: (buffer) => inner.free(buffer),
    compile: (jaxpr, donated) => inner.compile(jaxpr, donated),
    memory: () => inner.memory(),
    close: () => inner.close(),
  }
  return { backend, lose }
}
