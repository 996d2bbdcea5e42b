// The webgpu device against the reference device, over random programs in single precision. It has no loops whose
// number of turns depends on data (tests/gpu/library.test.ts has the error that says so).

import { backendLaws } from './backends.js'

backendLaws('webgpu', { compiled: 30, eager: 10, gradients: 15, each: 1, runs: 'static' })
