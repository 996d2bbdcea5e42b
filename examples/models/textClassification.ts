// Praise or blame, by a small convolutional network over word vectors and the mean of what it finds; beside it logistic
// regression on the words in no order.

import { data, nn, numpy as np, optim, type NDArray } from 'cotangent'
import { instance, type Instances } from '../support/instance.js'
import { randomSource } from '../support/randomSource.js'
import { sentence, type Sentence } from '../support/sentences.js'

/** Sentences are filled up with padding, word 0, to this many words. */
export const longest = 32
const padding = '·'

/** Zeros in the place of padding. */
const hidden: nn.Layer<null, null> = {
  name: 'hidden',
  init: () => ({ params: null, state: null }),
  apply: (_, x, { mask } = {}) => [mask === undefined ? x : np.where(np.expandDims(mask, 2), x, 0), null],
}

/** Words [batch, length] with a mask → logits of blame and praise, [batch, 2]: what short runs of words say, on average. */
export const model = (words: number, features = 32) =>
  nn.sequential(
    nn.embedding(words, features),
    hidden,
    nn.conv(2 * features, 5),
    nn.activation(nn.relu),
    nn.dropout(0.2),
    nn.globalAvgPool(),
    nn.dense(2),
  )

/** The same for words in no order: two numbers for each word and their mean, which is logistic regression. */
export const bagOfWords = (words: number) => nn.sequential(nn.embedding(words, 2), nn.globalAvgPool())

export const loss = nn.losses.softmaxCrossEntropy

/** Words by their numbers: padding, what never occurred in training, and the words of training. */
export type Vocabulary = readonly string[]

const unknown = '?'

/** `n` sentences with different words or another order than those of `others`. */
export function sentences(seed: number, n: number, others: readonly Sentence[] = []): Sentence[] {
  const source = randomSource(seed)
  const known = new Set(others.map(({ words }) => words.join(' ')))
  const result: Sentence[] = []
  while (result.length < n) {
    const one = sentence(source)
    if (!known.has(one.words.join(' '))) result.push(one)
  }
  return result
}

export const vocabularyOf = (all: readonly Sentence[]): Vocabulary => [
  padding,
  unknown,
  ...[...new Set(all.flatMap(({ words }) => words))].sort(),
]

/** Sentences as numbers x [n, longest], a mask [n, longest] that is false at padding, labels y [n]. */
export function encoded(all: readonly Sentence[], vocabulary: Vocabulary) {
  const numbers = new Map(vocabulary.map((word, i) => [word, i]))
  const n = all.length
  const x = new Int32Array(n * longest)
  const mask = new Uint8Array(n * longest)
  all.forEach((one, i) => {
    const words = one.words.slice(0, longest)
    x.set(
      words.map((word) => numbers.get(word) ?? vocabulary.indexOf(unknown)),
      i * longest,
    )
    mask.fill(1, i * longest, i * longest + words.length)
  })
  return data.fromArrays({
    x: { data: x, shape: [n, longest], dtype: 'int32' },
    mask: { data: mask, shape: [n, longest], dtype: 'bool' },
    y: { data: Int32Array.from(all, ({ label }) => label), shape: [n], dtype: 'int32' },
  } as const)
}

/** How a network is trained: Adam, whose rate falls from `rate` to zero along a cosine. */
export function setup<P, S>(
  network: nn.Layer<P, S>,
  training: ReturnType<typeof encoded>,
  epochs: number,
  rate: number,
) {
  const batchSize = 64
  const steps = epochs * Math.ceil(training.length / batchSize)
  const optimizer = optim.adam(optim.cosineDecaySchedule(rate, steps))
  return { model: network, loss, optimizer, data: training, batchSize }
}

const tiny = sentences(0, 3)
const words = vocabularyOf(tiny)

export const instances: Instances = {
  textClassification: instance(
    (key) => {
      const { x, mask, y } = data.all(encoded(tiny, words))
      const { params, state } = model(words.length, 8).init(key, [longest])
      return [params, state, x, mask, y] as const
    },
    (params, state, x: NDArray, mask: NDArray, y: NDArray) =>
      loss(model(words.length, 8).apply({ params, state }, x, { mask })[0], y),
  ),
}
