// What a classifier of sentences owes to each word: how much its answer changes when a mask hides the word.
// A trained model and sentences in → probabilities of praise, and the difference that each word makes.

import { data, nn, train } from 'cotangent'
import { encoded, longest, type Vocabulary } from '../models/textClassification.js'
import type { Sentence } from './sentences.js'

export interface Told {
  /** The probability of praise. */
  readonly praise: number
  /** For each word, that probability less what it is without the word. */
  readonly effects: readonly number[]
}

/** For each sentence its praise, with all words and without each of them. */
export async function wordsThatTell<P, S>(
  model: nn.Layer<P, S>,
  variables: nn.Variables<P, S>,
  sentences: readonly Sentence[],
  vocabulary: Vocabulary,
): Promise<Told[]> {
  // The whole sentence first, then a copy for each word.
  const copies = sentences.flatMap((sentence) => [sentence, ...sentence.words.map(() => sentence)])
  const { x, mask } = encoded(copies, vocabulary).tensors
  const hidden = mask.data.slice()
  let row = 0
  for (const { words } of sentences) {
    for (let i = 0; i < words.length; i++) hidden[(row + 1 + i) * longest + i] = 0
    row += 1 + words.length
  }
  const masked = data.fromArrays({ x, mask: { ...mask, data: hidden } })
  const logits = await train.predict({ model, variables, data: masked, batchSize: 128 })
  const praise = await nn.softmax(logits).slice([], 1).data()
  let start = 0
  return sentences.map(({ words }) => {
    const whole = praise[start] ?? NaN
    const effects = words.map((_, i) => whole - (praise[start + 1 + i] ?? NaN))
    start += 1 + words.length
    return { praise: whole, effects }
  })
}
