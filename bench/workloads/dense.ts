/**
 * Training steps of dense networks: classifiers, an autoencoder, two networks that play against each other.
 */

import { denseParams, oneHot, training, uniform, type Size, type Specs, type Workload } from './workload.js'

const products = (batch: number, sizes: readonly number[]): number =>
  sizes.slice(1).reduce((sum, n, i) => sum + batch * n * (sizes[i] ?? 0), 0)

const layers = (prefix: string, sizes: readonly number[], seed: number): Specs =>
  Object.assign(
    {},
    ...sizes.slice(1).map((n, i) => denseParams(`${prefix}${i}`, sizes[i] ?? 0, n, seed + 2 * i)),
  ) as Specs

const classifier = (sizes: readonly number[], batch: number): Workload =>
  training({
    name: `MLP ${sizes.join('-')} step, batch ${batch}`,
    kind: 'mlp',
    data: { x: uniform([batch, sizes[0] ?? 0], 20, 0.5, 0.5), y: oneHot(batch, sizes.at(-1) ?? 0) },
    params: layers('dense', sizes, 21),
    products: products(batch, sizes),
  })

function autoencoder(sizes: readonly number[], batch: number): Workload {
  return training({
    name: `autoencoder ${sizes.join('-')} step, batch ${batch}`,
    kind: 'autoencoder',
    data: { x: uniform([batch, sizes[0] ?? 0], 40, 0.5, 0.5) },
    params: layers('dense', sizes, 41),
    products: products(batch, sizes),
  })
}

/** One update of the discriminator (of real and of made examples), then one of the generator. */
function gan(batch: number): Workload {
  const generator = [64, 256, 512, 784]
  const discriminator = [784, 512, 256, 1]
  const [made, judged] = [products(batch, generator), products(batch, discriminator)]
  const params = { ...layers('g', generator, 60), ...layers('d', discriminator, 70) }
  const data = { real: uniform([batch, 784], 80), z: uniform([batch, 64], 81) }
  const parameters = (products(1, generator) + products(1, discriminator)) * 12
  return training({
    name: `GAN dense step (both networks), batch ${batch}`,
    kind: 'gan',
    data,
    params,
    products: 0,
    // The generator runs forward and backward once (both updates see the same examples); the discriminator forward
    // and backward to its parameters for two batches, and forward and backward to its input for one.
    flops: 2 * (3 * made + 8 * judged) + parameters,
  })
}

const small: Workload = classifier([784, 128, 10], 128)

/** The same step as the first call of a function: tracing, lowering, compilation and one run. */
export const firstCall: Workload = {
  ...small,
  name: 'first call of the MLP 784-128-10 step',
  firstCall: true,
  checkedSteps: 1,
}

export const denseWorkloads = (size: Size): readonly Workload[] => [
  firstCall,
  small,
  classifier([784, 1024, 1024, 10], size === 'full' ? 512 : 64),
  autoencoder([784, 128, 32, 128, 784], 128),
  gan(size === 'full' ? 64 : 16),
]
