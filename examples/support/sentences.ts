// Short reviews, generated: one to three clauses that all say the same, well or badly, some of them by saying that
// it is not the opposite. Other negations mean nothing: words alone tell little. A random source in → a sentence and its label out.

import type { RandomSource } from './randomSource.js'

export interface Sentence {
  readonly words: readonly string[]
  /** 1 for praise, 0 for blame. */
  readonly label: 0 | 1
}

type Words = readonly [string, ...string[]]

const subjects: Words = [
  'the film',
  'the plot',
  'the acting',
  'the music',
  'the ending',
  'the hero',
  'the story',
]
const praise: Words = ['good', 'great', 'funny', 'clever', 'moving', 'superb', 'charming', 'gripping']
const blame: Words = ['bad', 'dull', 'boring', 'silly', 'awful', 'weak', 'tedious', 'clumsy']
const degrees: Words = ['', 'very', 'really', 'quite', 'so']
const plain: Words = ['was', 'seemed', 'felt', 'looked', 'is']
const denied: Words = [
  'was not',
  'is not',
  'was never',
  'was hardly',
  'did not seem',
  'was far from',
  'is anything but',
]
/** They say nothing about the film, whatever negations and opinions they have in them. */
const asides: Words = [
  'i had not seen it before',
  'nobody told me about it',
  'we did not know what to expect',
  'my friends never come along',
  'it was raining outside',
  'we went there on a good day',
  'i was in a bad mood at first',
  'the seats were not bad',
]
const joints: Words = ['and', 'also', 'besides']

function clause(source: RandomSource, isPraise: boolean): string {
  const isDenied = source.uniform() < 0.4
  const opinion = source.pick(isPraise === isDenied ? blame : praise)
  return [source.pick(subjects), source.pick(isDenied ? denied : plain), source.pick(degrees), opinion].join(
    ' ',
  )
}

/** One sentence, 4 to 31 words. */
export function sentence(source: RandomSource): Sentence {
  const label = source.integer(2) === 1 ? 1 : 0
  const clauses = Array.from({ length: 1 + source.integer(3) }, () => clause(source, label === 1))
  const said = clauses.flatMap((text, i) => (i === 0 ? [text] : [source.pick(joints), text]))
  const aside = source.uniform() < 0.5 ? [source.pick(asides)] : []
  const parts = source.integer(2) === 0 ? [...aside, ...said] : [...said, ...aside]
  return {
    words: parts
      .join(' ')
      .split(' ')
      .filter((word) => word !== ''),
    label,
  }
}
