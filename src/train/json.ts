/**
 * JSON that keeps numbers which JSON has no words for.
 */

const words: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity }

/** JSON text; NaN and infinities become `{ "number": "NaN" }`. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, x: unknown) =>
    typeof x === 'number' && !Number.isFinite(x) ? { number: String(x) } : x,
  )

/** The value of such text. */
export const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, x: unknown) => {
    const word = typeof x === 'object' && x !== null && 'number' in x ? x.number : undefined
    return typeof word === 'string' && word in words ? words[word] : x
  })
