/**
 * Random selections: permutations, choices with and without replacement, categories by their log odds.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { checkShape, normalizeAxis, range, sameShape, sizeOf, without, type Shape } from '../core/shape.js'
import { asFloat, broadcastArray, insertAxes, sliceAxis } from '../numpy/promote.js'
import { gumbel } from './continuous.js'
import { randint } from './discrete.js'
import { split, type Key } from './key.js'
import { bits, checkFloat, uniform } from './uniform.js'

const counting = (n: number): NDArray => (n === 0 ? constant(0, 'int32', [0]) : ops.iota('int32', [n], 0))

/**
 * A vector in random order: sorted by random words, which may tie, so often enough that ties do not matter.
 * After r rounds the chance of a bias is about (n² / 2³²)^r.
 */
function shuffled(key: Key, x: NDArray): NDArray {
  const n = x.size
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1))
  let [current, values] = [key, x]
  for (let i = 0; i < rounds; i++) {
    const [next, subkey] = [...split(current)] as [Key, Key]
    current = next
    values = ops.sort([bits(subkey, [n]), values], 0, 1)[1] ?? values
  }
  return values
}

/** x[..., indices, ...]: rows along one axis; the axes of the indices take its place. */
function takeRows(x: NDArray, indices: NDArray, axis: number): NDArray {
  const before = range(axis)
  const after = range(x.ndim - axis - 1)
  return ops.gather(x, insertAxes(indices, [indices.ndim]), {
    offsetDims: [...before, ...after.map((i) => axis + indices.ndim + i)],
    collapsedSliceDims: [axis],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    startIndexMap: [axis],
    sliceSizes: x.shape.map((n, i) => (i === axis ? 1 : n)),
    mode: 'clip',
    fillValue: 0,
  })
}

const checkCount = (n: number, operation: string): number =>
  Number.isSafeInteger(n) && n >= 0
    ? n
    : fail('argument', {
        operation,
        argument: 'the number of items',
        received: String(n),
        expected: 'a whole number >= 0',
      })

/**
 * A random order: of 0 … x - 1 if `x` is a number (int32), else of the items of `x` along `axis`.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * const order = random.permutation(random.key(0), 5) // for instance [1, 4, 0, 3, 2]
 * ```
 */
export function permutation(key: Key, x: number | NDArray, axis = 0): NDArray {
  const operation = 'random.permutation'
  if (typeof x === 'number') return shuffled(key, counting(checkCount(x, operation)))
  const along = normalizeAxis(axis, x.shape, operation)
  if (x.ndim === 1) return shuffled(key, x)
  return takeRows(x, shuffled(key, counting(x.shape[along] ?? 0)), along)
}

export interface ChoiceOptions {
  /** The shape of the selection; default one item. */
  readonly shape?: Shape
  /** Whether an item may be chosen again; default true. */
  readonly replace?: boolean
  /** The probability of each item; default equal. */
  readonly p?: NDArray
  /** The axis of the items; default 0. */
  readonly axis?: number
}

/**
 * Items of `a` along an axis, or numbers below `a`, chosen at random.
 *
 * @example
 * ```ts
 * import { numpy as np, random } from 'cotangent'
 * const three = random.choice(random.key(0), np.array([10, 20, 30, 40]), { shape: [3], replace: false })
 * ```
 */
export function choice(
  key: Key,
  a: number | NDArray,
  { shape = [], replace = true, p, axis = 0 }: ChoiceOptions = {},
): NDArray {
  const operation = 'random.choice'
  checkShape(shape, operation)
  const along = typeof a === 'number' ? 0 : normalizeAxis(axis, a.shape, operation)
  const n = typeof a === 'number' ? checkCount(a, operation) : (a.shape[along] ?? 0)
  const draws = sizeOf(shape)
  if (draws > (replace && n > 0 ? Infinity : n)) {
    fail('argument', {
      operation,
      argument: 'shape',
      received: `[${shape.join(', ')}], ${draws} draws`,
      expected: `at most ${n} draws from ${n} items${replace ? '' : ' without replacement'}`,
    })
  }
  if (p === undefined && !replace) {
    const order = sliceAxis(permutation(key, a, axis), along, 0, draws)
    return ops.reshape(order, [...order.shape.slice(0, along), ...shape, ...order.shape.slice(along + 1)])
  }
  const indices =
    p === undefined
      ? randint(key, { minval: 0, maxval: n, shape })
      : weightedIndices(key, p, n, shape, replace)
  return typeof a === 'number' ? indices : takeRows(a, indices, along)
}

function weightedIndices(key: Key, p: NDArray, n: number, shape: Shape, replace: boolean): NDArray {
  const operation = 'random.choice'
  const weights = asFloat(p, operation)
  if (!sameShape(weights.shape, [n]))
    fail('shape', {
      operation,
      shapes: [weights.shape],
      expected: `a probability for each of the ${n} items`,
    })
  const dtype = checkFloat(weights.dtype, operation)
  if (!replace)
    return ops.reshape(
      topIndices(ops.add(gumbel(key, [n], { dtype }), ops.log(weights)), sizeOf(shape)),
      shape,
    )
  // The number of cumulative weights below r, which is uniform in (0, total].
  const cumulative = ops.cumsum(weights, 0)
  const total = broadcastArray(sliceAxis(cumulative, 0, n - 1, n), [...shape, 1])
  const u = ops.reshape(uniform(key, shape, { dtype }), [...shape, 1])
  const r = ops.mul(total, ops.sub(constant(1, dtype, u.shape), u))
  const below = ops.lt(broadcastArray(cumulative, [...shape, n]), broadcastArray(r, [...shape, n]))
  return ops.reduceSum(ops.convert(below, 'int32'), [shape.length])
}

/** The positions of the k largest values along the last axis, largest first. */
function topIndices(x: NDArray, k: number): NDArray {
  const last = x.ndim - 1
  const sorted = ops.sort([ops.neg(x), ops.iota('int32', x.shape, last)], last, 1)[1] ?? x
  return sliceAxis(sorted, last, 0, k)
}

export interface CategoricalOptions {
  /** The axis of the categories; default the last. */
  readonly axis?: number
  /** The shape of the result; it ends in the batch shape of the logits, which is the default. */
  readonly shape?: Shape
  /** Whether a category may be drawn again; default true. */
  readonly replace?: boolean
}

/**
 * Categories (int32) drawn with probabilities softmax(logits) along an axis.
 *
 * @example
 * ```ts
 * import { numpy as np, random } from 'cotangent'
 * const sample = random.categorical(random.key(0), np.log(np.array([0.1, 0.2, 0.7])), { shape: [10] })
 * ```
 */
export function categorical(
  key: Key,
  logits: ArrayLike,
  { axis = -1, shape, replace = true }: CategoricalOptions = {},
): NDArray {
  const operation = 'random.categorical'
  const x = asFloat(logits, operation)
  const along = normalizeAxis(axis, x.shape, operation)
  const batch = without(x.shape, [along])
  const out = shape ?? batch
  const prefix = out.slice(0, Math.max(0, out.length - batch.length))
  if (!sameShape(out, [...prefix, ...batch])) {
    fail('shape', {
      operation,
      shapes: [out, x.shape],
      expected: `a result shape that ends in the batch shape [${batch.join(', ')}]`,
    })
  }
  const dtype = checkFloat(x.dtype, operation)
  if (replace) {
    const full = [...prefix, ...x.shape]
    return ops.argmax(
      ops.add(gumbel(key, full, { dtype }), broadcastArray(x, full)),
      prefix.length + along,
      'int32',
    )
  }
  const draws = sizeOf(prefix)
  const n = x.shape[along] ?? 0
  if (draws > n)
    fail('argument', {
      operation,
      argument: 'shape',
      received: `${draws} draws`,
      expected: `at most ${n} draws of ${n} categories without replacement`,
    })
  const indices = topIndices(
    ops.moveAxis(ops.add(x, gumbel(key, x.shape, { dtype })), along, x.ndim - 1),
    draws,
  )
  return ops.reshape(ops.moveAxis(indices, batch.length, 0), out)
}
