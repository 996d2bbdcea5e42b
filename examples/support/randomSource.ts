// Random numbers on the host, for generators of data that draw one number after the other (sentences, shapes).
// A seed in → the same numbers on every machine. Source: mulberry32 (Tommy Ettinger), Box–Muller.

export interface RandomSource {
  /** A number in [low, high); [0, 1) by default. */
  readonly uniform: (low?: number, high?: number) => number
  /** A whole number in [0, n). */
  readonly integer: (n: number) => number
  /** A normal number, mean 0 and standard deviation 1. */
  readonly normal: () => number
  /** One of a few things, each as likely as the others. */
  readonly pick: <T>(things: readonly [T, ...T[]]) => T
}

/** A source whose numbers `seed` determines; `stream` tells sources with the same seed apart. */
export function randomSource(seed: number, stream = 0): RandomSource {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (n: number): number => Math.floor(next() * n)
  return {
    uniform: (low = 0, high = 1) => low + (high - low) * next(),
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (things) => things[integer(things.length)] ?? things[0],
  }
}
