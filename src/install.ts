/**
 * The composition root: gives the core its interpreter, its devices, its array methods and its observer.
 * Importing this module is what makes the library work; every entry of the package does.
 */

import { installDefaultDevice } from './core/device.js'
import { currentInterpreter, installBaseInterpreter } from './core/interpreter.js'
import { installArrayMethods, observeArrays } from './core/ndarray.js'
import { arrayMethods } from './numpy/methods.js'
import { defaultHandle, registerBackend } from './runtime/devices.js'
import { evaluator } from './runtime/evaluate.js'
import { observer } from './runtime/memory.js'
import { createReferenceBackend } from './runtime/reference/index.js'
import { createWasmBackend } from './runtime/wasm/index.js'
import { installStages } from './transforms/stages.js'

registerBackend('wasm', { kind: 'sync', make: createWasmBackend })
registerBackend('webgpu', {
  kind: 'async',
  make: async () => (await import('./runtime/webgpu/index.js')).createWebgpuBackend(),
})
registerBackend('reference', { kind: 'sync', make: createReferenceBackend })

installBaseInterpreter(evaluator)
installDefaultDevice(defaultHandle)
installArrayMethods(arrayMethods)
observeArrays(observer(() => currentInterpreter() !== evaluator))
installStages((jaxpr, donated) => defaultHandle().executable(jaxpr, donated, 'lower').explain())
