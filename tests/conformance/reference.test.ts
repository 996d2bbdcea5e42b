import { conformanceSuite } from './suite.js'

conformanceSuite('reference')
