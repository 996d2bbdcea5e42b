/**
 * Initializers: (key, shape, dtype) → an array. Those with parameters are made by a function of these.
 * Source: https://docs.jax.dev/en/latest/jax.nn.initializers.html
 */

export * from './families.js'
export { orthogonal } from './orthogonal.js'
