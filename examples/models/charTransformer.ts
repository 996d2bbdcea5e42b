// A causal transformer that tells the next character of a text, and writes on by itself.

import { jit, lax, nn, numpy as np, optim, random, type NDArray } from 'cotangent'
import { modelInstance, type Instances } from '../support/instance.js'

export interface Size {
  /** How many different characters there are. */
  readonly characters: number
  /** How many of them the model sees. */
  readonly context: number
  readonly features: number
  readonly blocks: number
  readonly heads: number
}

/** Character numbers [batch, length up to context] → logits of the next ones, [batch, length, characters]. */
export const model = ({ characters, context, features, blocks, heads }: Size) =>
  nn.sequential(
    nn.embedding(characters, features),
    nn.positionalEmbedding(context),
    nn.repeat(nn.transformerBlock({ heads, causal: true }), blocks),
    nn.layerNorm(),
    nn.dense(characters),
  )

export type Model = ReturnType<typeof model>

export const loss = nn.losses.softmaxCrossEntropy

/** AdamW after a warm-up, its rate falling along a cosine; large gradients are cut. */
export const optimizer = (steps: number) =>
  optim.chain(
    optim.clipByGlobalNorm(1),
    optim.adamw(
      optim.warmupCosineDecaySchedule(0, 4e-3, Math.min(100, Math.ceil(steps / 10)), steps, {
        endValue: 2e-4,
      }),
      {
        b2: 0.99,
        weightDecay: 0.01,
      },
    ),
  )

/**
 * `count` characters that the model writes after `prompt` [context], one compiled loop: each is drawn from what the
 * model expects after the last [context] ones, sharpened by a temperature below 1.
 */
export function writer(net: Model, state: nn.StateOf<Model>, count: number, temperature = 0.8) {
  type Params = nn.ParamsOf<Model>
  return jit((params: Params, prompt: NDArray, seed: NDArray): NDArray => {
    const key = random.key(seed)
    const step = (seen: NDArray, i: NDArray): [NDArray, NDArray] => {
      const [logits] = net.apply({ params, state }, np.expandDims(seen, 0))
      const last = logits.slice(0, -1).div(temperature)
      const next = random.categorical(random.foldIn(key, i), last).astype('int32')
      return [np.concatenate([seen.slice([1]), next.reshape([1])]), next]
    }
    const [, written] = lax.scan(step, prompt, np.arange(count, null, 1, { dtype: 'int32' }))
    return written
  })
}

const tiny = { characters: 7, context: 5, features: 8, blocks: 2, heads: 2 }

export const instances: Instances = {
  charTransformer: modelInstance(model(tiny), loss, (key) => {
    const text = random.randint(key, { minval: 0, maxval: tiny.characters, shape: [2, tiny.context + 1] })
    return [text.slice([], [0, -1]), text.slice([], [1])]
  }),
}
