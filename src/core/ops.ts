/**
 * The primitives as functions: thin wrappers over `bind`, with exactly the primitive's operands and parameters.
 * Rules and composites are written with these. Nothing broadcasts or promotes here.
 */

import { constant } from './constants.js'
import type { DType } from './dtype.js'
import { bind } from './interpreter.js'
import type { Params } from './jaxpr.js'
import type { NDArray } from './ndarray.js'
import type { GatherParams, ScatterCombine, ScatterParams } from './primitives/indexing.js'
import type { PadAxis } from './primitives/movement.js'
import type { DotParams } from './primitives/contraction.js'
import type { ConvParams, WindowParams } from './primitives/window.js'
import { inversePermutation, range, sameShape, type Shape } from './shape.js'

type UnaryName =
  | 'exp'
  | 'exp2'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'cbrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'logistic'
  | 'erf'
  | 'erfc'
  | 'erfInv'
  | 'lgamma'
  | 'digamma'
  | 'floor'
  | 'ceil'
  | 'isFinite'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'stopGradient'
  | 'not'
  | 'populationCount'
  | 'clz'
type BinaryName =
  | 'and'
  | 'or'
  | 'xor'
  | 'shiftLeft'
  | 'shiftRightLogical'
  | 'shiftRightArithmetic'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'pow'
  | 'max'
  | 'min'
  | 'atan2'
  | 'nextAfter'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'

const unary =
  (name: UnaryName) =>
  (x: NDArray): NDArray =>
    bind(name, [x], {})[0]
const binary =
  (name: BinaryName) =>
  (x: NDArray, y: NDArray): NDArray =>
    bind(name, [x, y], {})[0]

export const exp = unary('exp')
export const exp2 = unary('exp2')
export const expm1 = unary('expm1')
export const log = unary('log')
export const log1p = unary('log1p')
export const sqrt = unary('sqrt')
export const rsqrt = unary('rsqrt')
export const cbrt = unary('cbrt')
export const sin = unary('sin')
export const cos = unary('cos')
export const tan = unary('tan')
export const asin = unary('asin')
export const acos = unary('acos')
export const atan = unary('atan')
export const sinh = unary('sinh')
export const cosh = unary('cosh')
export const tanh = unary('tanh')
export const asinh = unary('asinh')
export const acosh = unary('acosh')
export const atanh = unary('atanh')
export const logistic = unary('logistic')
export const erf = unary('erf')
export const erfc = unary('erfc')
export const erfInv = unary('erfInv')
export const lgamma = unary('lgamma')
export const digamma = unary('digamma')
export const floor = unary('floor')
export const ceil = unary('ceil')
export const isFinite = unary('isFinite')
export const neg = unary('neg')
export const abs = unary('abs')
export const sign = unary('sign')
export const stopGradient = unary('stopGradient')
export const not = unary('not')
export const populationCount = unary('populationCount')
export const clz = unary('clz')
export const and = binary('and')
export const or = binary('or')
export const xor = binary('xor')
export const shiftLeft = binary('shiftLeft')
export const shiftRightLogical = binary('shiftRightLogical')
export const shiftRightArithmetic = binary('shiftRightArithmetic')
export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
export const div = binary('div')
export const rem = binary('rem')
export const pow = binary('pow')
export const max = binary('max')
export const min = binary('min')
export const atan2 = binary('atan2')
export const nextAfter = binary('nextAfter')
export const eq = binary('eq')
export const ne = binary('ne')
export const lt = binary('lt')
export const le = binary('le')
export const gt = binary('gt')
export const ge = binary('ge')

export const round = (x: NDArray, method: Params<'round'>['method']): NDArray =>
  bind('round', [x], { method })[0]
export const integerPow = (x: NDArray, exponent: number): NDArray => bind('integerPow', [x], { exponent })[0]
export const select = (pred: NDArray, onTrue: NDArray, onFalse: NDArray): NDArray =>
  bind('select', [pred, onTrue, onFalse], {})[0]
export const clamp = (low: NDArray, x: NDArray, high: NDArray): NDArray =>
  bind('clamp', [low, x, high], {})[0]
export const convert = (x: NDArray, dtype: DType): NDArray =>
  x.dtype === dtype ? x : bind('convert', [x], { dtype })[0]
export const bitcast = (x: NDArray, dtype: DType): NDArray =>
  x.dtype === dtype ? x : bind('bitcast', [x], { dtype })[0]

type ReduceName = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'
const reduction =
  (name: ReduceName) =>
  (x: NDArray, axes: readonly number[]): NDArray =>
    axes.length === 0 ? x : bind(name, [x], { axes })[0]
export const reduceSum = reduction('reduceSum')
export const reduceProd = reduction('reduceProd')
export const reduceMax = reduction('reduceMax')
export const reduceMin = reduction('reduceMin')
export const reduceAnd = reduction('reduceAnd')
export const reduceOr = reduction('reduceOr')
export const argmax = (x: NDArray, axis: number, dtype: DType): NDArray =>
  bind('argmax', [x], { axis, dtype })[0]
export const argmin = (x: NDArray, axis: number, dtype: DType): NDArray =>
  bind('argmin', [x], { axis, dtype })[0]

type CumulativeName = 'cumsum' | 'cumprod' | 'cummax' | 'cummin'
const cumulative =
  (name: CumulativeName) =>
  (x: NDArray, axis: number, reverse = false): NDArray =>
    bind(name, [x], { axis, reverse })[0]
export const cumsum = cumulative('cumsum')
export const cumprod = cumulative('cumprod')
export const cummax = cumulative('cummax')
export const cummin = cumulative('cummin')

export function broadcastInDim(x: NDArray, shape: Shape, broadcastDimensions: readonly number[]): NDArray {
  return sameShape(x.shape, shape) ? x : bind('broadcastInDim', [x], { shape, broadcastDimensions })[0]
}
export const reshape = (x: NDArray, shape: Shape): NDArray =>
  sameShape(x.shape, shape) ? x : bind('reshape', [x], { shape })[0]
export const transpose = (x: NDArray, permutation: readonly number[]): NDArray =>
  permutation.length === x.ndim && permutation.every((p, i) => p === i)
    ? x
    : bind('transpose', [x], { permutation })[0]
export const slice = (
  x: NDArray,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = start.map(() => 1),
): NDArray => bind('slice', [x], { start, limit, strides })[0]
export const pad = (x: NDArray, value: NDArray, config: readonly PadAxis[]): NDArray =>
  bind('pad', [x, value], { config })[0]
export const concatenate = (xs: readonly NDArray[], dimension: number): NDArray =>
  bind('concatenate', xs, { dimension })[0]
export const reverse = (x: NDArray, dimensions: readonly number[]): NDArray =>
  bind('reverse', [x], { dimensions })[0]
export const iota = (dtype: DType, shape: Shape, dimension: number): NDArray =>
  bind('iota', [], { dtype, shape, dimension })[0]

export const dynamicSlice = (
  x: NDArray,
  starts: readonly NDArray[],
  sliceSizes: readonly number[],
): NDArray => bind('dynamicSlice', [x, ...starts], { sliceSizes })[0]
export const dynamicUpdateSlice = (x: NDArray, update: NDArray, starts: readonly NDArray[]): NDArray =>
  bind('dynamicUpdateSlice', [x, update, ...starts], {})[0]
export const gather = (x: NDArray, indices: NDArray, params: GatherParams): NDArray =>
  bind('gather', [x, indices], params)[0]
export const scatterAdd = (x: NDArray, indices: NDArray, updates: NDArray, params: ScatterParams): NDArray =>
  bind('scatterAdd', [x, indices, updates], params)[0]
export const scatter = (
  x: NDArray,
  indices: NDArray,
  updates: NDArray,
  params: ScatterParams & { readonly combine: ScatterCombine },
): NDArray => bind('scatter', [x, indices, updates], params)[0]
export const sort = (operands: readonly NDArray[], dimension: number, keys = 1): readonly NDArray[] =>
  bind('sort', operands, { dimension, keys })

export const dotGeneral = (lhs: NDArray, rhs: NDArray, params: DotParams): NDArray =>
  bind('dotGeneral', [lhs, rhs], params)[0]
export const conv = (lhs: NDArray, rhs: NDArray, params: ConvParams): NDArray =>
  bind('conv', [lhs, rhs], params)[0]
export const windows = (x: NDArray, params: WindowParams): NDArray => bind('windows', [x], params)[0]
export const overlapAdd = (x: NDArray, params: WindowParams & { readonly shape: Shape }): NDArray =>
  bind('overlapAdd', [x], params)[0]
export const threefry2x32 = (
  keys: readonly [NDArray, NDArray],
  counters: readonly [NDArray, NDArray],
): readonly [NDArray, NDArray] => bind('threefry2x32', [...keys, ...counters], {})

// Shorthands that rules share.

/** `value` everywhere, with the shape and dtype of `like`. */
export const constantLike = (like: NDArray, value: number): NDArray => constant(value, like.dtype, like.shape)
export const zerosLike = (like: NDArray): NDArray => constantLike(like, 0)
/** `x` repeated along new axes, so that its own axes become `broadcastDimensions` of `shape`. */
export const broadcastScalar = (x: NDArray, shape: Shape): NDArray => broadcastInDim(x, shape, [])
/** Axis `from` moved to position `to`. */
export function moveAxis(x: NDArray, from: number, to: number): NDArray {
  if (from === to) return x
  const rest = range(x.ndim).filter((axis) => axis !== from)
  return transpose(x, [...rest.slice(0, to), from, ...rest.slice(to)])
}
export const untranspose = (x: NDArray, permutation: readonly number[]): NDArray =>
  transpose(x, inversePermutation(permutation))
