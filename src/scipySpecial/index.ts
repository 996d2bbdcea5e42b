/**
 * The scipySpecial namespace: special functions, as jax.scipy.special.
 */

import '../install.js'

export { i0, i0e, i1, i1e } from './bessel.js'
export { entr, expit, klDiv, logit, relEntr, xlog1py, xlogy } from './entropy.js'
export { betaln, digamma, gammaln, multigammaln, polygamma, zeta } from './gamma.js'
export { erf, erfc, erfinv, logNdtr, ndtr, ndtri } from './normal.js'
export { logsumexp } from '../nn/softmax.js'
