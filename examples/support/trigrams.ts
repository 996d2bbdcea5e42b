// A model of text that sees two characters: trigrams with interpolated Kneser–Ney smoothing, the discount that suits the
// end of the training text best. Numbers of characters in → perplexities out.
// Source: Kneser & Ney (1995); Chen & Goodman (1999), section 2.7.

type Counts = ReadonlyMap<string, number>

/** What follows the contexts of one length. */
interface Level {
  /** How often (or, below trigrams, after how many different characters) a context is followed by a character. */
  readonly counts: Counts
  /** The sums of `counts` over what follows. */
  readonly totals: Counts
  /** How many different characters follow. */
  readonly kinds: Counts
}

const increase = (counts: Map<string, number>, key: string, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/** From counts of n-grams written as '3,1,4'. */
function level(counts: Counts): Level {
  const totals = new Map<string, number>()
  const kinds = new Map<string, number>()
  for (const [gram, n] of counts) {
    const context = gram.slice(0, Math.max(0, gram.lastIndexOf(',')))
    increase(totals, context, n)
    increase(kinds, context)
  }
  return { counts, totals, kinds }
}

/** The levels of trigrams, bigrams and single characters. */
function levels(text: Int32Array): Level[] {
  const trigrams = new Map<string, number>()
  for (let i = 2; i < text.length; i++) increase(trigrams, text.slice(i - 2, i + 1).join(','))
  const shorter = (counts: Counts): Map<string, number> => {
    const result = new Map<string, number>()
    for (const gram of counts.keys()) increase(result, gram.slice(gram.indexOf(',') + 1))
    return result
  }
  const bigrams = shorter(trigrams)
  return [level(trigrams), level(bigrams), level(shorter(bigrams))]
}

/** The probability of the last of a gram's characters after the others. */
function probability(
  from: readonly Level[],
  gram: readonly number[],
  discount: number,
  characters: number,
): number {
  const [first, ...rest] = from
  if (first === undefined) return 1 / characters
  const below = probability(rest, gram.slice(1), discount, characters)
  const context = gram.slice(0, -1).join(',')
  const total = first.totals.get(context) ?? 0
  if (total === 0) return below
  const count = first.counts.get(gram.join(',')) ?? 0
  return (Math.max(count - discount, 0) + discount * (first.kinds.get(context) ?? 0) * below) / total
}

/** The perplexity of the characters of `text` from the one at `start` on (2 at least). */
function perplexity(
  from: readonly Level[],
  text: Int32Array,
  start: number,
  discount: number,
  characters: number,
) {
  let sum = 0
  for (let i = start; i < text.length; i++) {
    const gram = [text[i - 2] ?? 0, text[i - 1] ?? 0, text[i] ?? 0]
    sum -= Math.log(probability(from, gram, discount, characters))
  }
  return Math.exp(sum / (text.length - start))
}

/** The perplexity of `heldOut` from its character `start` to before `end`, of trigrams counted in `training`. */
export function trigramPerplexity(
  training: Int32Array,
  heldOut: Int32Array,
  { start, end, characters }: { readonly start: number; readonly end: number; readonly characters: number },
): number {
  const cut = Math.floor(training.length * 0.9)
  const partial = levels(training.subarray(0, cut))
  const discounts = Array.from({ length: 19 }, (_, i) => (i + 1) / 20)
  const tried = discounts.map((discount) =>
    perplexity(partial, training.subarray(cut), 2, discount, characters),
  )
  const discount = discounts[tried.indexOf(Math.min(...tried))] ?? 0.75
  return perplexity(levels(training), heldOut.subarray(0, end), start, discount, characters)
}
