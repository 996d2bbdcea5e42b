// An LSTM with attention that looks things up: a list of letters with a digit each, then a question, one of the
// letters. The answer is its digit, at one position of the list; attention has to find it.

import { data, nn, numpy as np, optim, random, type NDArray } from 'cotangent'
import { modelInstance, type Instances } from '../support/instance.js'
import { randomSource } from '../support/randomSource.js'

const letters = [...'abcdefghijkl']
const digits = [...'0123456789']
export const vocabulary = [...letters, ...digits, '?']
/** How many pairs of a letter and a digit a list has. */
const pairs = 8
/** Tokens of an example: the pairs, the question mark, the letter asked for. */
export const length = 2 * pairs + 2

const features = 32

/** The layers, by the names of their parameters. */
const layersOf = (units: number) => ({
  embedding: nn.embedding(vocabulary.length, features),
  lstm: nn.lstm(units, { returnSequence: true }),
  query: nn.dense(units, { useBias: false }),
  key: nn.dense(units, { useBias: false }),
  answer: nn.dense(digits.length),
})

type Layers = ReturnType<typeof layersOf>
export type Params = { readonly [K in keyof Layers]: nn.ParamsOf<Layers[K]> }

const applied = <P>(layer: nn.Layer<P, null>, params: P, x: NDArray): NDArray =>
  layer.apply({ params, state: null }, x)[0]

export interface Lookup extends nn.Layer<Params, null> {
  /** Where attention looks: tokens [batch, length] → weights [batch, length], the sum of each row 1. */
  attention(params: Params, tokens: NDArray): NDArray
}

/**
 * Tokens [batch, length] → logits of the digits, [batch, 10]. The last state of the LSTM is the query, all its states
 * are the keys (that of a digit knows the letter before it). What is mixed are the vectors of the tokens themselves:
 * it does not help to look beside the answer.
 */
export function model(units = 64): Lookup {
  const layers = layersOf(units)
  const search = (params: Params, vectors: NDArray): [query: NDArray, key: NDArray] => {
    const states = applied(layers.lstm, params.lstm, vectors)
    const last = states.slice([], [length - 1])
    // One head: [batch, positions, 1, units].
    return [
      np.expandDims(applied(layers.query, params.query, last), 2),
      np.expandDims(applied(layers.key, params.key, states), 2),
    ]
  }
  return {
    name: 'lookup',
    inputDType: 'int32',
    init: (key) => ({ params: initial(layers, units, key), state: null }),
    apply({ params }, tokens) {
      const vectors = applied(layers.embedding, params.embedding, tokens)
      const [query, key] = search(params, vectors)
      const mixed = nn.dotProductAttention(query, key, np.expandDims(vectors, 2))
      return [applied(layers.answer, params.answer, mixed.reshape([-1, features])), null]
    },
    attention(params, tokens) {
      const [query, key] = search(params, applied(layers.embedding, params.embedding, tokens))
      // A mixture of unit vectors is its weights.
      const shape = [tokens.shape[0] ?? 1, length, 1, length]
      const unitVectors = np.broadcastTo(np.expandDims(np.eye(length), 1), shape)
      return nn.dotProductAttention(query, key, unitVectors).reshape([-1, length])
    },
  }
}

function initial(layers: Layers, units: number, key: random.Key): Params {
  const own = (i: number): random.Key => random.foldIn(key, i)
  return {
    embedding: layers.embedding.init(own(0), [length]).params,
    lstm: layers.lstm.init(own(1), [length, features]).params,
    query: layers.query.init(own(2), [1, units]).params,
    key: layers.key.init(own(3), [length, units]).params,
    answer: layers.answer.init(own(4), [features]).params,
  }
}

export const loss = nn.losses.softmaxCrossEntropy

/** `n` lists with questions: tokens x [n, length], answers y [n], and where each answer stands, at [n]. */
export function questions(seed: number, n: number) {
  const source = randomSource(seed)
  const x = new Int32Array(n * length)
  const y = new Int32Array(n)
  const positions = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const deck = letters.map((_, letter) => letter)
    const asked = source.integer(pairs)
    for (let pair = 0; pair < pairs; pair++) {
      const [letter = 0] = deck.splice(source.integer(deck.length), 1)
      const digit = source.integer(digits.length)
      x.set([letter, letters.length + digit], i * length + 2 * pair)
      if (pair !== asked) continue
      x.set([vocabulary.length - 1, letter], i * length + 2 * pairs)
      y[i] = digit
      positions[i] = 2 * pair + 1
    }
  }
  return data.fromArrays({
    x: { data: x, shape: [n, length], dtype: 'int32' },
    y: { data: y, shape: [n], dtype: 'int32' },
    at: { data: positions, shape: [n], dtype: 'int32' },
  } as const)
}

/** How the network is trained: Adam, whose rate falls to zero along a cosine. */
export function setup(training: data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>, epochs: number) {
  const batchSize = 64
  const steps = epochs * Math.ceil(training.length / batchSize)
  const optimizer = optim.adam(optim.cosineDecaySchedule(5e-3, steps))
  return { model: model(), loss, optimizer, data: training, batchSize }
}

export const instances: Instances = {
  attention: modelInstance(model(6), loss, () => {
    const { x, y } = data.all(questions(0, 3))
    return [x, y]
  }),
}
