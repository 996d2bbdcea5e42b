import { allFiles } from './format.js'
import { conformanceSuite } from './suite.js'

conformanceSuite('wasm', allFiles())
