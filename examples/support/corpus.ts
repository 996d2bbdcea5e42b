// A text as numbers, one for each character, and stretches of it as examples.
// A file of text in → numbers of characters, batches to learn from, stretches to be judged by.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { data } from 'cotangent'
import { usageError } from './commandLine.js'
import { randomSource } from './randomSource.js'

export const aliceFile = fileURLToPath(new URL('../data/alice/alice.txt', import.meta.url))

export interface Corpus {
  /** All characters of the text, in the order of their numbers. */
  readonly alphabet: readonly string[]
  readonly training: Int32Array
  /** The end of the text. */
  readonly heldOut: Int32Array
}

/** Reads a text, of which the last `share` is held out. */
export function readCorpus(file: string, share = 0.1): Corpus {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return usageError(`--data must be a text file that can be read, got '${file}'`)
  }
  const characters = [...text]
  if (characters.length < 5000) usageError(`--data ${file} must have at least 5,000 characters`)
  const alphabet = [...new Set(characters)].sort()
  const numbers = new Map(alphabet.map((character, i) => [character, i]))
  const all = Int32Array.from(characters, (character) => numbers.get(character) ?? 0)
  const cut = Math.floor(all.length * (1 - share))
  return { alphabet, training: all.subarray(0, cut), heldOut: all.subarray(cut) }
}

/** Stretches x [n, length] that begin at `starts`, each with what comes one character later, y [n, length]. */
export function stretches(text: Int32Array, starts: readonly number[], length: number) {
  const [x, y] = [new Int32Array(starts.length * length), new Int32Array(starts.length * length)]
  starts.forEach((start, i) => {
    x.set(text.subarray(start, start + length), i * length)
    y.set(text.subarray(start + 1, start + 1 + length), i * length)
  })
  const tensor = (values: Int32Array) =>
    ({ data: values, shape: [starts.length, length], dtype: 'int32' }) as const
  return data.fromArrays({ x: tensor(x), y: tensor(y) })
}

/** `n` stretches that begin anywhere. */
export function randomStretches(text: Int32Array, n: number, length: number, seed: number) {
  const source = randomSource(seed)
  const starts = Array.from({ length: n }, () => source.integer(text.length - length))
  return stretches(text, starts, length)
}

/** Stretches that overlap by half: their second halves are the whole text after the first `length` / 2 characters. */
export function overlapping(text: Int32Array, length: number) {
  const half = length / 2
  const n = Math.floor((text.length - 1 - half) / half)
  return stretches(
    text,
    Array.from({ length: n }, (_, i) => i * half),
    length,
  )
}
