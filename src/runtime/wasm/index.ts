/** The WASM backend. */
export { createWasmBackend } from './backend.js'
