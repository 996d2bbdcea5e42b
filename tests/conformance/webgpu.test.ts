import { coreFiles } from './format.js'
import { conformanceSuite } from './suite.js'

// The other files run with `npm run conformance -- --device webgpu`: shaders compile slowly without a GPU.
conformanceSuite('webgpu', coreFiles)
