// What the library does not have yet, by name: only these may be skipped in the suites.

import type { DeviceName } from '../../src/index.js'

/** Functions, or families of them, that later versions bring. */
export const missingFunctions = [
  'lax.axisIndex',
  'lax.linalg.cholesky',
  'lax.linalg.lu',
  'lax.linalg.triangularSolve',
  'lax.pmean',
  'lax.psum',
  'numpy.fft.fft',
  'numpy.fft.fft2',
  'numpy.fft.fftfreq',
  'numpy.fft.fftn',
  'numpy.fft.fftshift',
  'numpy.fft.ifft',
  'numpy.fft.ifft2',
  'numpy.fft.ifftshift',
  'numpy.fft.irfft',
  'numpy.fft.irfft2',
  'numpy.fft.rfft',
  'numpy.fft.rfft2',
  'numpy.fft.rfftfreq',
  'numpy.linalg.cholesky',
  'numpy.linalg.det',
  'numpy.linalg.eigh',
  'numpy.linalg.eigvalsh',
  'numpy.linalg.inv',
  'numpy.linalg.lstsq',
  'numpy.linalg.matrixPower with a negative power (not implemented)',
  'numpy.linalg.matrixRank',
  'numpy.linalg.norm with ord 2 (not implemented)',
  'numpy.linalg.norm with ord nuc (not implemented)',
  'numpy.linalg.pinv',
  'numpy.linalg.qr',
  'numpy.linalg.slogdet',
  'numpy.linalg.solve',
  'numpy.linalg.svd',
  'numpy.linalg.svdvals',
  'numpy.polyfit',
  'random.beta',
  'random.dirichlet',
  'random.gamma',
  'random.multivariateNormal',
  'random.poisson',
  'scipySpecial.betainc',
  'scipySpecial.gammainc',
  'scipySpecial.gammaincc',
]

/** What WebGPU does not have: doubles, and loops whose number of turns is found on the way. */
const missingOnWebgpu = ['dtype float64', 'lax.whileLoop (not implemented)']

/** Names that a device may skip. */
export const knownMissing = (device: DeviceName): ReadonlySet<string> =>
  new Set(device === 'webgpu' ? [...missingFunctions, ...missingOnWebgpu] : missingFunctions)
