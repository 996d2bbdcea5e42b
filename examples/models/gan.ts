// Two dense networks against each other: a generator of images and a discriminator that tells them from real ones.
// Source: Goodfellow et al. (2014), with the settings of Radford et al. (2016): Adam 2e-4, β₁ 0.5, batch normalisation.

import { nn, numpy as np, optim, random, valueAndGrad, type NDArray } from 'cotangent'
import { instance, type Instances } from '../support/instance.js'

export const noiseSize = 32

const init = { kernelInit: nn.initializers.heNormal() }
const leaky = nn.activation((x: NDArray) => nn.leakyRelu(x, 0.2))

/** Noise [batch, 32] → images [batch, pixels] in (0, 1) */
export const generator = (pixels: number, width = 256) =>
  nn.sequential(
    nn.dense(width, init),
    nn.batchNorm(),
    leaky,
    nn.dense(width, init),
    nn.batchNorm(),
    leaky,
    nn.dense(pixels),
    nn.activation(nn.sigmoid),
  )

/** Images [batch, pixels] → logits [batch, 1] of being real */
export const discriminator = (width = 256) =>
  nn.sequential(nn.dense(width, init), leaky, nn.dense(width / 2, init), nn.batchNorm(), leaky, nn.dense(1))

type Variables<L> = nn.Variables<nn.ParamsOf<L>, nn.StateOf<L>>
type Generator = Variables<ReturnType<typeof generator>>
type Discriminator = Variables<ReturnType<typeof discriminator>>

/** What training changes, a tree of arrays. */
export interface Players {
  readonly generator: Generator & { readonly optimizer: optim.OptimizerState }
  readonly discriminator: Discriminator & { readonly optimizer: optim.OptimizerState }
}

const training = { training: true } as const
const mean = nn.losses.binaryCrossEntropyFromLogits

/** The two networks for images of so many pixels, and how they are trained. */
export function gan(pixels: number, width = 256) {
  const networks = { generator: generator(pixels, width), discriminator: discriminator(width) }
  const optimizer = optim.adam(2e-4, { b1: 0.5 })

  /** The discriminator should say 1 (0.9, so that it never gets too sure) of real images and 0 of made ones. */
  function discriminatorLoss(
    params: Discriminator['params'],
    state: Discriminator['state'],
    real: NDArray,
    fake: NDArray,
  ): [NDArray, Discriminator['state']] {
    const [onReal, afterReal] = networks.discriminator.apply({ params, state }, real, training)
    const [onFake, next] = networks.discriminator.apply({ params, state: afterReal }, fake, training)
    const loss = mean(onReal, np.full(onReal.shape, 0.9)).add(mean(onFake, np.zeros(onFake.shape)))
    return [loss, next]
  }

  /** The generator should make images of which the discriminator says 1. */
  function generatorLoss(
    params: Generator['params'],
    state: Generator['state'],
    judge: Discriminator,
    noise: NDArray,
  ): [NDArray, Generator['state']] {
    const [fake, next] = networks.generator.apply({ params, state }, noise, training)
    const [verdict] = networks.discriminator.apply(judge, fake, training)
    return [mean(verdict, np.ones(verdict.shape)), next]
  }

  /** One step of the discriminator, then one of the generator: [batch, height, width] real images. */
  function step(players: Players, { x }: { readonly x: NDArray }, key: random.Key) {
    const { generator: g, discriminator: d } = players
    const real = x.reshape([-1, pixels])
    const noise = (stream: number): NDArray =>
      random.normal(random.foldIn(key, stream), [x.shape[0] ?? 1, noiseSize])
    const [fake] = networks.generator.apply(g, noise(0), training)
    const [[dLoss, dState], dGradient] = valueAndGrad(discriminatorLoss, { hasAux: true })(
      d.params,
      d.state,
      real,
      fake,
    )
    const [dUpdates, dMemory] = optimizer.update(dGradient, d.optimizer, d.params)
    const judge = { params: optim.applyUpdates(d.params, dUpdates), state: dState }
    const [[gLoss, gState], gGradient] = valueAndGrad(generatorLoss, { hasAux: true })(
      g.params,
      g.state,
      judge,
      noise(1),
    )
    const [gUpdates, gMemory] = optimizer.update(gGradient, g.optimizer, g.params)
    const next: Players = {
      generator: { params: optim.applyUpdates(g.params, gUpdates), state: gState, optimizer: gMemory },
      discriminator: { ...judge, optimizer: dMemory },
    }
    return [next, { loss: gLoss, discriminator: dLoss }] as const
  }

  function players(key: random.Key): Players {
    const g = networks.generator.init(random.foldIn(key, 0), [noiseSize])
    const d = networks.discriminator.init(random.foldIn(key, 1), [pixels])
    return {
      generator: { ...g, optimizer: optimizer.init(g.params) },
      discriminator: { ...d, optimizer: optimizer.init(d.params) },
    }
  }

  /** Images [n, pixels] of the generator as it is, with the statistics of its training. */
  const sample = ({ generator: g }: Players, noise: NDArray): NDArray => networks.generator.apply(g, noise)[0]

  return { players, step, sample, discriminatorLoss, generatorLoss }
}

const tiny = gan(16, 8)
const tinyNoise = (key: random.Key): NDArray => random.normal(random.foldIn(key, 2), [6, noiseSize])

export const instances: Instances = {
  discriminator: instance(
    (key) => {
      const { params, state } = tiny.players(key).discriminator
      return [params, state, random.uniform(key, [6, 16]), random.uniform(random.foldIn(key, 1), [6, 16])]
    },
    (...args: Parameters<typeof tiny.discriminatorLoss>) => tiny.discriminatorLoss(...args)[0],
  ),
  generator: instance(
    (key) => {
      const { generator: g, discriminator: d } = tiny.players(key)
      return [g.params, g.state, { params: d.params, state: d.state }, tinyNoise(key)]
    },
    (...args: Parameters<typeof tiny.generatorLoss>) => tiny.generatorLoss(...args)[0],
  ),
}
