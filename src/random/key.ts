/**
 * Keys: the state of the random functions, made explicit. A key is two uint32 words; the same key always gives
 * the same numbers, and split or foldIn make independent keys. Bit for bit JAX's default (threefry2x32, partitionable).
 */

import { constant } from '../core/constants.js'
import { isInteger } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { checkShape, sizeOf, type Shape } from '../core/shape.js'
import { registerClass } from '../core/tree.js'
import { fromHost } from '../numpy/creation.js'

/** A random key, or an array of keys (iterate over it to get them). A pytree: it passes through every transformation. */
export class Key implements Iterable<Key> {
  /** uint32[...shape, 2] */
  readonly words: NDArray

  constructor(words: NDArray) {
    this.words = words
  }

  /** The shape of an array of keys; `[]` for one key. */
  get shape(): Shape {
    return this.words.shape.slice(0, -1)
  }

  *[Symbol.iterator](): IterableIterator<Key> {
    if (this.shape.length === 0)
      fail('axis', {
        operation: 'iteration over a key',
        axis: 0,
        shape: this.shape,
        fix: 'Use random.split to get several keys.',
      })
    for (const words of this.words) yield new Key(words)
  }

  toString(): string {
    return `Key [${this.shape.join(', ')}]`
  }
}

registerClass(
  Key,
  (key) => ({ children: [key.words], aux: null }),
  (_, [words]) => new Key(words as NDArray),
)

const checkKey = (key: unknown, operation: string): Key =>
  key instanceof Key
    ? key
    : fail('argument', {
        operation,
        argument: 'key',
        received: key instanceof NDArray ? 'an array' : typeof key,
        expected: 'a key made by random.key or random.split',
        fix: 'random.wrapKeyData makes a key of its two words.',
      })

/** The two words of one key, as rank-0 arrays. */
export function keyWords(key: Key, operation: string): [NDArray, NDArray] {
  const { words, shape } = checkKey(key, operation)
  if (shape.length > 0) {
    fail('shape', {
      operation,
      shapes: [shape],
      expected: 'one key (shape [])',
      fix: 'Take one with [...keys][i], or map over them with vmap.',
    })
  }
  const word = (i: number): NDArray => ops.reshape(ops.slice(words, [i], [i + 1]), [])
  return [word(0), word(1)]
}

/** Two random words for each element of `shape`: the cipher of the element's 64-bit position. */
export function blockWords(key: Key, shape: Shape, operation: string): readonly [NDArray, NDArray] {
  const [k0, k1] = keyWords(key, operation)
  const size = sizeOf(shape)
  const everywhere = (word: NDArray): NDArray => ops.broadcastScalar(word, shape)
  // No array has 2^32 elements: the high word of a position is 0.
  const low = size === 0 ? constant(0, 'uint32', shape) : ops.reshape(ops.iota('uint32', [size], 0), shape)
  return ops.threefry2x32([everywhere(k0), everywhere(k1)], [constant(0, 'uint32', shape), low])
}

/** A seed or other integer as a uint32 word: its low 32 bits. */
function asWord(x: NDArray | number, operation: string): NDArray {
  if (typeof x === 'number') {
    if (!Number.isSafeInteger(x))
      fail('argument', {
        operation,
        argument: 'the integer',
        received: String(x),
        expected: 'a whole number',
      })
    return constant(x >>> 0, 'uint32')
  }
  if (!isInteger(x.dtype)) fail('dtype', { operation, dtypes: [x.dtype], expected: 'an integer' })
  if (x.ndim > 0)
    fail('shape', {
      operation,
      shapes: [x.shape],
      expected: 'one integer (shape [])',
      fix: 'Map over several with vmap.',
    })
  return ops.convert(x, 'uint32')
}

/** Words side by side on a new last axis. */
const joinWords = (words: readonly NDArray[]): NDArray =>
  ops.concatenate(
    words.map((word) => ops.reshape(word, [...word.shape, 1])),
    words[0]?.ndim ?? 0,
  )

/**
 * A key from a seed: a whole number (its low 32 bits count) or a rank-0 integer array.
 * Source: https://docs.jax.dev/en/latest/_autosummary/jax.random.key.html
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * const key = random.key(0)
 * const [a, b] = random.split(key)
 * ```
 */
export function fromSeed(seed: number | NDArray): Key {
  if (typeof seed === 'number') {
    asWord(seed, 'random.key')
    return new Key(fromHost([0, seed >>> 0], [2], 'uint32'))
  }
  return new Key(joinWords([constant(0, 'uint32'), asWord(seed, 'random.key')]))
}

/** A key (or keys) of its words, uint32[..., 2]; the inverse of `keyData`. */
export function wrapKeyData(data: NDArray): Key {
  if (data.dtype !== 'uint32')
    fail('dtype', { operation: 'random.wrapKeyData', dtypes: [data.dtype], expected: 'uint32' })
  if (data.shape.at(-1) !== 2)
    fail('shape', {
      operation: 'random.wrapKeyData',
      shapes: [data.shape],
      expected: 'a last axis of size 2',
    })
  return new Key(data)
}

/** The words of a key, uint32[..., 2]: for saving it, or for looking at it. */
export const keyData = (key: Key): NDArray => checkKey(key, 'random.keyData').words

/**
 * Independent keys from one key: `num` of them, or an array of keys of a shape. Do not use the old one again.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * const [first, second] = random.split(random.key(0))
 * const many = random.split(random.key(1), 100) // vmap over it, or iterate
 * ```
 */
export function split(key: Key, num: number | Shape = 2): Key {
  const shape = typeof num === 'number' ? [num] : num
  checkShape(shape, 'random.split')
  return new Key(joinWords(blockWords(key, shape, 'random.split')))
}

/** A key that depends on `key` and on an integer: for instance the number of a step. */
export function foldIn(key: Key, data: number | NDArray): Key {
  const words = keyWords(key, 'random.foldIn')
  return new Key(joinWords(ops.threefry2x32(words, [constant(0, 'uint32'), asWord(data, 'random.foldIn')])))
}
