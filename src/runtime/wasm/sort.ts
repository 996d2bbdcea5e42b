/**
 * Sorting for generated code: lines of several operands in the backend's memory, stably by the first of them.
 * Keys become unsigned words that sort as the numbers do; long lines are radix sorted, short ones by insertion.
 */

import { defined } from '../../core/errors.js'

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array

const views: readonly (new (buffer: ArrayBufferLike, offset: number, length: number) => Numbers)[] = [
  Float32Array,
  Float64Array,
  Int32Array,
  Uint32Array,
]

/** Lines from this length on are radix sorted: 256 counters a pass have to pay. */
const longLine = 96
const signBit = 0x8000_0000
const last = 0xffff_ffff

/** Room for the words of one key of one line. */
class KeyWords {
  readonly #copy: Numbers
  readonly #bits: Uint32Array
  /** The least significant word first. */
  readonly words: readonly Uint32Array[]

  constructor(like: Numbers, length: number) {
    this.#copy = like.slice(0, length)
    this.#bits = new Uint32Array(this.#copy.buffer)
    this.words = Array.from({ length: like instanceof Float64Array ? 2 : 1 }, () => new Uint32Array(length))
  }

  /** Reads a line. NaN sorts last, and -0 as 0. */
  read(from: Numbers, start: number, step: number): void {
    const copy = this.#copy
    for (let j = 0; j < copy.length; j++) copy[j] = from[start + j * step] ?? NaN
    const count = this.words.length
    const high = defined(this.words[count - 1], 'wasm: a key without words')
    const isFloat = copy instanceof Float32Array || copy instanceof Float64Array
    const flip = copy instanceof Int32Array ? signBit : 0
    for (let j = 0; j < copy.length; j++) {
      const x = copy[j] ?? NaN
      const top = this.#bits[count * j + count - 1] ?? 0
      const low = count === 2 ? (this.#bits[2 * j] ?? 0) : 0
      const negative = isFloat && x < 0
      const isSpecial = isFloat && (x === 0 || Number.isNaN(x))
      high[j] = isSpecial
        ? x === 0
          ? signBit
          : last
        : isFloat
          ? negative
            ? ~top
            : top | signBit
          : top ^ flip
      if (count === 2 && this.words[0] !== undefined) this.words[0][j] = isSpecial ? 0 : negative ? ~low : low
    }
  }
}

/** Host function behind the import `sort`; see lowering/wasm/sort.ts for the list at `operands`. */
export const sortLines =
  (memory: WebAssembly.Memory) =>
  (outer: number, length: number, inner: number, keys: number, count: number, operands: number): void => {
    const list = new Uint32Array(memory.buffer, operands >>> 0, 3 * count)
    const size = outer * length * inner
    const view = (i: number, word: 1 | 2): Numbers =>
      new (defined(views[list[3 * i] ?? 0], 'wasm: unknown lane'))(
        memory.buffer,
        list[3 * i + word] ?? 0,
        size,
      )
    const pairs = Array.from({ length: count }, (_, i) => ({
      from: view(i, 1),
      to: view(i, 2),
      line: view(i, 1).slice(0, length),
    }))
    const words = pairs.slice(0, keys).map(({ from }) => new KeyWords(from, length))
    // The last key first: sorts are stable, so that the first key decides.
    const ordered = [...words].reverse().flatMap((w) => w.words)
    const sort = makeSort(length, ordered)
    for (let line = 0; line < outer * inner; line++) {
      const start = Math.floor(line / inner) * length * inner + (line % inner)
      words.forEach((w, i) => pairs[i] !== undefined && w.read(pairs[i].from, start, inner))
      const order = sort()
      for (const { from, to, line: copy } of pairs) {
        // The output may lie where the input is.
        for (let j = 0; j < length; j++) copy[j] = from[start + j * inner] ?? NaN
        for (let j = 0; j < length; j++) to[start + j * inner] = copy[order[j] ?? 0] ?? NaN
      }
    }
  }

/** A function that gives the stable order of what `words` hold, the least significant word first. */
function makeSort(length: number, words: readonly Uint32Array[]): () => Uint32Array {
  let order = new Uint32Array(length)
  let next = new Uint32Array(length)
  const counts = new Uint32Array(257)
  const start = (): void => {
    for (let j = 0; j < length; j++) order[j] = j
  }
  if (length < longLine) {
    const major = [...words].reverse()
    return () => {
      start()
      insertionSort(order, major)
      return order
    }
  }
  return () => {
    start()
    for (const word of words) {
      for (let shift = 0; shift < 32; shift += 8) {
        if (!radixPass(order, next, word, shift, counts)) continue
        const swapped = order
        order = next
        next = swapped
      }
    }
    return order
  }
}

/** Sorts `from` into `to` by one byte of `word`; false, and nothing done, where all have the same one. */
function radixPass(
  from: Uint32Array,
  to: Uint32Array,
  word: Uint32Array,
  shift: number,
  counts: Uint32Array,
): boolean {
  counts.fill(0)
  for (let j = 0; j < word.length; j++) {
    const at = (((word[j] ?? 0) >>> shift) & 255) + 1
    counts[at] = (counts[at] ?? 0) + 1
  }
  if (counts.includes(word.length)) return false
  for (let c = 1; c < 257; c++) counts[c] = (counts[c] ?? 0) + (counts[c - 1] ?? 0)
  for (const index of from) {
    const digit = ((word[index] ?? 0) >>> shift) & 255
    const place = counts[digit] ?? 0
    counts[digit] = place + 1
    to[place] = index
  }
  return true
}

/** By the words of `major`, the most significant first. */
function insertionSort(order: Uint32Array, major: readonly Uint32Array[]): void {
  const after = (a: number, b: number): boolean => {
    for (const word of major) {
      const [x, y] = [word[a] ?? 0, word[b] ?? 0]
      if (x !== y) return x > y
    }
    return false
  }
  for (let j = 1; j < order.length; j++) {
    const index = order[j] ?? 0
    let at = j
    for (; at > 0 && after(order[at - 1] ?? 0, index); at--) order[at] = order[at - 1] ?? 0
    order[at] = index
  }
}
