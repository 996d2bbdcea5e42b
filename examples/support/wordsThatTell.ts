// What a classifier of sentences owes to each word: how much its answer changes when a mask hides the word.
// A trained model and sentences in → probabilities of praise, and the difference that each word makes to its odds.

import { data, train, type nn } from 'cotangent'
import { encoded, longest, type Vocabulary } from '../models/textClassification.js'
import type { Sentence } from './sentences.js'

export interface Told {
  /** The probability of praise. */
  readonly praise: number
  /** For each word, the log odds of praise less what they are without the word. */
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
  const values = await logits.data()
  const odds = (i: number): number => (values[2 * i + 1] ?? NaN) - (values[2 * i] ?? NaN)
  let start = 0
  return sentences.map(({ words }) => {
    const whole = odds(start)
    const effects = words.map((_, i) => whole - odds(start + 1 + i))
    start += 1 + words.length
    return { praise: 1 / (1 + Math.exp(-whole)), effects }
  })
}
