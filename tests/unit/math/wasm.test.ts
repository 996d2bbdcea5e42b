// The mathematical functions as the wasm device computes them.

import { mathOnDevice } from './device.js'

mathOnDevice('wasm', { ulps: 0 })
