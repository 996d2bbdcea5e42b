/**
 * Special functions of one double, for the reference backend and as scalar fallbacks of the others.
 */

export { erf, erfc, erfInv } from './erf.js'
export { digamma, lgamma } from './gamma.js'
export { nextAfter } from './nextAfter.js'
