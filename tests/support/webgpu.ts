// WebGPU for tests that speak to it directly. A machine without an adapter fails the tests that ask for one;
// nothing is skipped.

import { create, globals } from 'webgpu'

/** The adapter of this process, with the WebGPU constants made global; throws where there is none. */
export async function requireWebgpu(): Promise<GPUAdapter> {
  Object.assign(globalThis, globals)
  const adapter = await create([]).requestAdapter()
  if (adapter === null) {
    throw new Error(
      'No WebGPU adapter. Start the tests with `npm test`, which prepares one (a native driver or SwiftShader).',
    )
  }
  return adapter
}
