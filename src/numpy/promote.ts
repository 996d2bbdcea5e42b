/**
 * The boundary of the numpy layer: array-likes in → arrays of one dtype and one shape out, as the primitives
 * want them. JS numbers are weakly typed here and nowhere else; broadcasting is made explicit here.
 */

import { constant, constantValue } from '../core/constants.js'
import { defaultDType, isDType, isFloat, promoteTypes, promoteWeak, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { broadcastShapes, normalizeAxis, sameShape, type Shape } from '../core/shape.js'

const isScalar = (x: unknown): x is number | boolean => typeof x === 'number' || typeof x === 'boolean'

/** A word for what a caller passed, for messages. */
const describe = (x: unknown): string =>
  x === null
    ? 'null'
    : Array.isArray(x)
      ? 'a JavaScript list'
      : typeof x === 'object'
        ? `a ${x.constructor?.name ?? 'plain object'}`
        : typeof x

/** `x` as an array; a number takes `dtype`, or the default dtype of its kind. */
export function asArray(x: ArrayLike, operation: string, dtype?: DType): NDArray {
  if (x instanceof NDArray) return x
  if (isScalar(x)) return constant(x, dtype ?? defaultDType(x))
  return fail('argument', {
    operation,
    argument: 'an operand',
    received: describe(x),
    expected: 'an array, a number or a boolean',
    fix: 'Make an array of lists and typed arrays with numpy.array.',
  })
}

/** What functions made of numbers alone: like numbers, such arrays take the dtype of an array they meet. */
const weakArrays = new WeakSet<NDArray>()
const isWeak = (x: ArrayLike): boolean => !(x instanceof NDArray) || weakArrays.has(x)

/** `result`, weakly typed if all its operands are: np.sqrt(4) is a number as much as 4 is. */
export function weakLike(operands: readonly ArrayLike[], result: NDArray): NDArray {
  if (operands.every(isWeak)) weakArrays.add(result)
  return result
}

/** A number of the kind of a weakly typed array. */
const representative = (x: NDArray): number | boolean =>
  x.dtype === 'bool' ? true : isFloat(x.dtype) ? 0.5 : 1

/** The dtype that these operands meet at: arrays by the lattice, then numbers weakly. */
export function resultDType(xs: readonly (ArrayLike | DType)[], operation: string): DType {
  let strong: DType | null = null
  const weak: (number | boolean)[] = []
  for (const x of xs) {
    if (isScalar(x)) weak.push(x)
    else if (typeof x !== 'string' && weakArrays.has(x)) weak.push(representative(x))
    else {
      const dtype = typeof x === 'string' ? checkDType(x, operation) : asArray(x, operation).dtype
      strong = strong === null ? dtype : promoteTypes(strong, dtype)
    }
  }
  if (strong !== null) return weak.reduce(promoteWeak, strong)
  return weak.map(defaultDType).reduce(promoteTypes, 'bool')
}

/** An error unless `dtype` names an element type. */
export function checkDType(dtype: unknown, operation: string): DType {
  if (isDType(dtype)) return dtype
  return fail('dtype', {
    operation,
    dtypes: [String(dtype)],
    expected: 'the name of a dtype, for instance float32 or int32',
  })
}

/** Integers and bool become float32, floats stay. */
export const floatDType = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'float32')

/** `x` as an array of a float dtype. */
export function asFloat(x: ArrayLike, operation: string): NDArray {
  const dtype = floatDType(isScalar(x) ? defaultDType(x) : asArray(x, operation).dtype)
  return ops.convert(asArray(x, operation, dtype), dtype)
}

/** `x` repeated to `shape` by NumPy's rule (axes aligned at the right). */
export function broadcastArray(x: NDArray, shape: Shape): NDArray {
  if (sameShape(x.shape, shape)) return x
  const value = constantValue(x)
  if (value !== null) return constant(value, x.dtype, shape)
  const offset = shape.length - x.ndim
  return ops.broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => offset + i),
  )
}

/** Operands converted to one dtype, shapes unchanged. */
export function promoteDTypes(
  operation: string,
  xs: readonly ArrayLike[],
  dtype = resultDType(xs, operation),
): NDArray[] {
  return xs.map((x) => ops.convert(asArray(x, operation, dtype), dtype))
}

/** Operands broadcast to one shape, dtypes unchanged. */
export function broadcastTogether(operation: string, xs: readonly NDArray[]): NDArray[] {
  const [first] = xs
  if (first !== undefined && xs.every((x) => sameShape(x.shape, first.shape))) return [...xs]
  const shape = broadcastShapes(
    xs.map((x) => x.shape),
    operation,
  )
  return xs.map((x) => broadcastArray(x, shape))
}

/** Two operands of one dtype and one shape. */
export function promote(operation: string, x: ArrayLike, y: ArrayLike): [NDArray, NDArray] {
  return broadcastTogether(operation, promoteDTypes(operation, [x, y])) as [NDArray, NDArray]
}

/** Two operands of one float dtype and one shape. */
export function promoteFloat(operation: string, x: ArrayLike, y: ArrayLike): [NDArray, NDArray] {
  const dtype = floatDType(resultDType([x, y], operation))
  return broadcastTogether(operation, promoteDTypes(operation, [x, y], dtype)) as [NDArray, NDArray]
}

/** `x` as a bool array: true where it is not zero. */
export function asBool(x: ArrayLike, operation: string): NDArray {
  const array = asArray(x, operation)
  return array.dtype === 'bool' ? array : ops.ne(array, ops.zerosLike(array))
}

/** `value` with the shape and dtype of `like`. */
export const fillLike = ops.constantLike

/** `where(condition, x, y)` for arrays of one shape, a number standing for itself everywhere. */
export function choose(condition: NDArray, x: NDArray | number, y: NDArray | number): NDArray {
  const like = x instanceof NDArray ? x : y instanceof NDArray ? y : condition
  const filled = (v: NDArray | number): NDArray => (v instanceof NDArray ? v : fillLike(like, v))
  return ops.select(condition, filled(x), filled(y))
}

/** The axes with size 1 at `axes` (positions in the result), sorted. */
export function insertAxes(x: NDArray, axes: readonly number[]): NDArray {
  const shape = [...x.shape]
  for (const axis of [...axes].sort((a, b) => a - b)) shape.splice(axis, 0, 1)
  return ops.reshape(x, shape)
}

/** One axis, or the flattened array's only axis where `axis` is null. */
export function axisOrFlat(
  x: NDArray,
  axis: number | null | undefined,
  operation: string,
): [x: NDArray, axis: number] {
  if (axis === null || axis === undefined) return [x.ndim === 1 ? x : ops.reshape(x, [x.size]), 0]
  return [x, normalizeAxis(axis, x.shape, operation)]
}

/** Part of one axis: start, start + stride, … < limit. */
export function sliceAxis(x: NDArray, axis: number, start: number, limit: number, stride = 1): NDArray {
  const at = (values: readonly number[], value: number): number[] =>
    values.map((v, i) => (i === axis ? value : v))
  const n = x.shape[axis] ?? 0
  if (start === 0 && limit === n && stride === 1) return x
  return ops.slice(
    x,
    at(
      x.shape.map(() => 0),
      start,
    ),
    at(x.shape, limit),
    at(
      x.shape.map(() => 1),
      stride,
    ),
  )
}
