// The mathematical functions as the webgpu device computes them. Shader compilers may
// add up constants, which costs the inverse functions that much.

import { mathOnDevice } from '../unit/math/device.js'

mathOnDevice('webgpu', { ulps: 0.5 })
