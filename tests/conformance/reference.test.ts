import { allFiles } from './format.js'
import { conformanceSuite } from './suite.js'

conformanceSuite('reference', allFiles())
