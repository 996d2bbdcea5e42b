/**
 * A library in a Node process of its own: answers the commands that come over the channel to the parent.
 */

import { answer } from '../session/serve.js'
import type { Command } from '../session/protocol.js'

/** Browsers have `navigator.gpu`; in Node the peers find what the package `webgpu` gives. */
async function provideGpu(): Promise<void> {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const gpu = create(['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'])
  if (typeof navigator === 'undefined')
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' }, configurable: true })
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true })
}

process.on('message', (request: Command) => {
  void (async () => {
    if (request.command === 'open' && request.device === 'webgpu') await provideGpu()
    process.send?.(await answer(request))
  })()
})
process.on('disconnect', () => process.exit(0))
