/**
 * A permutation that a seed determines, computed on the host: Fisher–Yates over the sfc32 generator.
 * (n, seed, epoch) → every order of 0 … n − 1 with equal chance. The same numbers on every platform.
 */

/** Small fast counter generator: 32 random bits a call. Source: C. Doty-Humphrey, PractRand (2010). */
function sfc32(seed: number, stream: number): () => number {
  let a = seed | 0
  let b = Math.floor(seed / 2 ** 32) | 0
  let c = stream | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // The first numbers of neighbouring seeds resemble each other.
  for (let i = 0; i < 15; i++) next()
  return next
}

/** A whole number below `n`, each with equal chance: numbers of the last, incomplete block are drawn again. */
function below(n: number, next: () => number): number {
  const limit = 2 ** 32 - (2 ** 32 % n)
  for (;;) {
    const drawn = next()
    if (drawn < limit) return drawn % n
  }
}

/** Whole numbers below a bound that changes from call to call, as a seed and an epoch determine them. */
export function generator(seed: number, epoch: number): (n: number) => number {
  const next = sfc32(seed, epoch)
  return (n) => below(n, next)
}

export function permutation(n: number, seed: number, epoch: number): Uint32Array {
  const draw = generator(seed, epoch)
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = draw(i + 1)
    const swapped = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = swapped
  }
  return order
}
