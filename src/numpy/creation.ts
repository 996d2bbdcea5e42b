/**
 * New arrays: from nested lists and typed arrays, filled with a number, and counting.
 */

import { avalOf } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { currentDevice } from '../core/device.js'
import { hostArray, isFloat, promoteTypes, roundTo, type DType, type HostArray } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike, type NestedNumbers } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { checkShape, range, sameShape, sizeOf, type Shape } from '../core/shape.js'
import { asArray, broadcastArray, checkDType } from './promote.js'

export interface DTypeOption {
  readonly dtype?: DType
}

/** What `array` accepts: an array, a number, nested lists of these, or a typed array. */
export type ArraySource = NDArray | NestedSource | HostArray
type NestedSource = number | boolean | NDArray | readonly NestedSource[]

/** A shape, or the length of a vector. */
export type ShapeLike = number | Shape

const toShape = (shape: ShapeLike, operation: string): Shape => {
  const list = typeof shape === 'number' ? [shape] : shape
  checkShape(list, operation)
  return list
}

const typedArrays: readonly (readonly [new () => HostArray, DType])[] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [Uint32Array, 'uint32'],
  [Int8Array, 'int8'],
  [Uint8Array, 'uint8'],
]

interface HostNumbers {
  readonly length: number
  readonly [index: number]: number
}

/** Host numbers, rounded to `dtype`, on the current device. */
export function fromHost(values: HostNumbers, shape: Shape, dtype: DType): NDArray {
  const data = hostArray(dtype, values.length)
  for (let i = 0; i < data.length; i++) data[i] = toStored(dtype, values[i] ?? 0)
  return currentDevice().put(avalOf(shape, dtype), data)
}
/** Float to integer truncates and saturates, as `astype` does. */
function toStored(dtype: DType, x: number): number {
  if (isFloat(dtype) || dtype === 'bool') return roundTo(dtype, x)
  return roundTo(dtype, Number.isNaN(x) ? 0 : Math.trunc(x))
}

/**
 * An array of the numbers in nested lists or a typed array (row-major).
 * Numbers make float32, booleans bool, typed arrays their own dtype, unless `dtype` says otherwise.
 * Lists may hold arrays: they are stacked.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.array([[1, 2], [3, 4]]).shape // [2, 2]
 * np.array([1, 2, 3], { dtype: 'int32' }).dtype // 'int32'
 * ```
 */
export function array(values: ArraySource, { dtype }: DTypeOption = {}): NDArray {
  if (dtype !== undefined) checkDType(dtype, 'array')
  if (values instanceof NDArray) return dtype === undefined ? values : ops.convert(values, dtype)
  for (const [constructor, own] of typedArrays) {
    if (values instanceof constructor) return fromHost(values, [values.length], dtype ?? own)
  }
  const nested = values as NestedSource
  if (holdsArray(nested)) return stackNested(nested, dtype)
  const shape: number[] = []
  for (let x: NestedSource | undefined = nested; Array.isArray(x); x = x[0] as NestedSource | undefined)
    shape.push(x.length)
  const flat: number[] = []
  const allBool = flattenInto(nested as NestedNumbers, shape, 0, flat)
  return fromHost(flat, shape, dtype ?? (allBool && flat.length > 0 ? 'bool' : 'float32'))
}

const holdsArray = (x: NestedSource): boolean =>
  x instanceof NDArray || (Array.isArray(x) && x.some(holdsArray))

/** Appends the leaves; true if all are booleans. */
function flattenInto(x: NestedNumbers, shape: Shape, depth: number, out: number[]): boolean {
  if (Array.isArray(x)) {
    if (x.length !== shape[depth]) ragged(x.length, shape, depth)
    return x.map((item: NestedNumbers) => flattenInto(item, shape, depth + 1, out)).every(Boolean)
  }
  if (depth !== shape.length) ragged(null, shape, depth)
  if (typeof x !== 'number' && typeof x !== 'boolean') {
    fail('argument', {
      operation: 'array',
      argument: 'values',
      received: `a ${x === null ? 'null' : typeof x}`,
      expected: 'nested lists of numbers or booleans, or a typed array',
    })
  }
  out.push(Number(x))
  return typeof x === 'boolean'
}

function ragged(length: number | null, shape: Shape, depth: number): never {
  return fail('argument', {
    operation: 'array',
    argument: 'values',
    received:
      length === null
        ? `a number at depth ${depth} beside lists`
        : `lists of lengths ${shape[depth] ?? 'none'} and ${length} at depth ${depth}`,
    expected: 'nested lists of equal lengths',
  })
}

function stackNested(x: NestedSource, dtype: DType | undefined): NDArray {
  if (!Array.isArray(x)) {
    const item = asArray(x as ArrayLike, 'array', dtype)
    return dtype === undefined ? item : ops.convert(item, dtype)
  }
  const items = (x as readonly NestedSource[]).map((item) => stackNested(item, dtype))
  const common = items.map((item) => item.dtype).reduce(promoteTypes, 'bool')
  const [first] = items
  if (first === undefined || items.some((item) => !sameShape(item.shape, first.shape))) {
    return fail('shape', {
      operation: 'array',
      shapes: items.map((item) => item.shape),
      expected: 'items of one shape',
    })
  }
  return ops.concatenate(
    items.map((item) => ops.reshape(ops.convert(item, common), [1, ...item.shape])),
    0,
  )
}

/** Zeros of `shape` (float32 by default). */
export const zeros = (shape: ShapeLike, { dtype = 'float32' }: DTypeOption = {}): NDArray =>
  constant(0, checkDType(dtype, 'zeros'), toShape(shape, 'zeros'))

/** Ones of `shape` (float32 by default). */
export const ones = (shape: ShapeLike, { dtype = 'float32' }: DTypeOption = {}): NDArray =>
  constant(1, checkDType(dtype, 'ones'), toShape(shape, 'ones'))

/** `fillValue` (a number, or an array that broadcasts) everywhere in `shape`. */
export function full(shape: ShapeLike, fillValue: ArrayLike, { dtype }: DTypeOption = {}): NDArray {
  const value = asArray(fillValue, 'full', dtype)
  return broadcastArray(ops.convert(value, checkDType(dtype ?? value.dtype, 'full')), toShape(shape, 'full'))
}

/** Zeros with the shape (and dtype) of `a`. */
export const zerosLike = (a: ArrayLike, options: DTypeOption = {}): NDArray => fullLike(a, 0, options)

/** Ones with the shape (and dtype) of `a`. */
export const onesLike = (a: ArrayLike, options: DTypeOption = {}): NDArray => fullLike(a, 1, options)

/** `fillValue` everywhere, with the shape (and dtype) of `a`. */
export function fullLike(a: ArrayLike, fillValue: ArrayLike, { dtype }: DTypeOption = {}): NDArray {
  const like = asArray(a, 'fullLike')
  return full(like.shape, fillValue, { dtype: dtype ?? like.dtype })
}

/** A copy of `a`; arrays are immutable, so it is `a` itself as an array. */
export const copy = (a: ArrayLike): NDArray => asArray(a, 'copy')

/**
 * start, start + step, … below stop (above, for a negative step); `arange(n)` counts from 0.
 * int32 if all three are whole, else float32.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.arange(4).js() // [0, 1, 2, 3]
 * np.arange(0, 1, 0.25).js() // [0, 0.25, 0.5, 0.75]
 * ```
 */
export function arange(start: number, stop?: number | null, step = 1, { dtype }: DTypeOption = {}): NDArray {
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop]
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    fail('argument', {
      operation: 'arange',
      argument: 'start, stop and step',
      received: `${from}, ${to}, ${step}`,
      expected: 'finite numbers with step not 0',
    })
  }
  const length = Math.max(0, Math.ceil((to - from) / step))
  const type = checkDType(dtype ?? ([from, to, step].every(Number.isInteger) ? 'int32' : 'float32'), 'arange')
  if (length === 0) return constant(0, type, [0])
  if (from === 0 && step === 1 && type !== 'bool') return ops.iota(type, [length], 0)
  return fromHost(
    range(length).map((i) => from + i * step),
    [length],
    type,
  )
}

/** Ones on diagonal `k` of an n × m matrix, zeros elsewhere (float32 by default). */
export function eye(
  n: number,
  m: number | null = n,
  { k = 0, dtype = 'float32' }: DTypeOption & { readonly k?: number } = {},
): NDArray {
  const shape = toShape([n, m ?? n], 'eye')
  if (sizeOf(shape) === 0) return constant(0, checkDType(dtype, 'eye'), shape)
  const row = ops.add(ops.iota('int32', shape, 0), constant(k, 'int32', shape))
  return ops.convert(ops.eq(row, ops.iota('int32', shape, 1)), checkDType(dtype, 'eye'))
}

/** The n × n identity matrix (float32 by default). */
export const identity = (n: number, options: DTypeOption = {}): NDArray => eye(n, n, options)

/** Ones at and below diagonal `k` of an n × m matrix (float32 by default). */
export function tri(
  n: number,
  m: number | null = n,
  k = 0,
  { dtype = 'float32' }: DTypeOption = {},
): NDArray {
  return ops.convert(lowerMask(toShape([n, m ?? n], 'tri'), k), checkDType(dtype, 'tri'))
}

/** True at and below diagonal `k` of the last two axes. */
export function lowerMask(shape: Shape, k: number): NDArray {
  if (sizeOf(shape) === 0) return constant(false, 'bool', shape)
  const row = ops.add(ops.iota('int32', shape, shape.length - 2), constant(k, 'int32', shape))
  return ops.ge(row, ops.iota('int32', shape, shape.length - 1))
}
