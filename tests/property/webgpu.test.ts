// The webgpu device against the reference device, over random programs in single precision.

import { backendLaws } from './backends.js'

backendLaws('webgpu', { compiled: 30, eager: 10, gradients: 15, each: 1 })
