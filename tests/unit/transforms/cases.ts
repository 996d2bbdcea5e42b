/** Example calls of every primitive, away from kinks: the table is total, so that a new primitive has to be added. */

import type { NDArray } from 'cotangent'

import type { Params, PrimitiveName } from '../../../src/core/jaxpr.js'
import type { GatherParams, ScatterParams } from '../../../src/core/primitives/indexing.js'
import { add, cos, mul, sin, sub } from '../../../src/core/ops.js'
import { makeJaxpr } from '../../../src/transforms/index.js'
import type { DType } from 'cotangent'

export interface Input {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly low: number
  readonly high: number
}
export interface Case<P extends PrimitiveName> {
  readonly inputs: readonly Input[]
  readonly params: Params<P>
}

const float = (shape: readonly number[], low = -2, high = 2): Input => ({
  shape,
  dtype: 'float64',
  low,
  high,
})
const int = (shape: readonly number[], low = -5, high = 5): Input => ({ shape, dtype: 'int32', low, high })
const word = (shape: readonly number[]): Input => ({ shape, dtype: 'uint32', low: 0, high: 2 ** 32 })
const bool = (shape: readonly number[]): Input => ({ shape, dtype: 'bool', low: 0, high: 2 })

const square = [2, 3]
const unary = (low = -2, high = 2) => [{ inputs: [float(square, low, high)], params: {} }]
const binary = (low = -2, high = 2) => [
  { inputs: [float(square, low, high), float(square, low, high)], params: {} },
]
const integers = (count: number) => [{ inputs: Array.from({ length: count }, () => int(square)), params: {} }]
const logical = (count: number) => [
  ...integers(count),
  { inputs: Array.from({ length: count }, () => bool(square)), params: {} },
]
const words = (count: number) => [
  { inputs: Array.from({ length: count }, () => int(square, 0, 5)), params: {} },
]
const compared = [...binary(), ...integers(2)]
const reductions = (low = -2, high = 2) => [
  { inputs: [float([2, 3, 4], low, high)], params: { axes: [1] } },
  { inputs: [float([2, 3, 4], low, high)], params: { axes: [0, 2] } },
  { inputs: [float([3], low, high)], params: { axes: [0] } },
]
const cumulative = (low = -2, high = 2) => [
  { inputs: [float([5, 2], low, high)], params: { axis: 0, reverse: false } },
  { inputs: [float([2, 4], low, high)], params: { axis: 1, reverse: true } },
]
const arg = [{ inputs: [float([3, 4])], params: { axis: 1, dtype: 'int32' as const } }]

const rows: GatherParams = {
  offsetDims: [1],
  collapsedSliceDims: [0],
  operandBatchingDims: [],
  indicesBatchingDims: [],
  startIndexMap: [0],
  sliceSizes: [1, 4],
  mode: 'clip',
  fillValue: 0,
}
const windows: GatherParams = {
  offsetDims: [1, 2],
  collapsedSliceDims: [],
  operandBatchingDims: [],
  indicesBatchingDims: [],
  startIndexMap: [1, 0],
  sliceSizes: [2, 3],
  mode: 'fill',
  fillValue: 7,
}
const batched: GatherParams = {
  offsetDims: [],
  collapsedSliceDims: [1],
  operandBatchingDims: [0],
  indicesBatchingDims: [0],
  startIndexMap: [1],
  sliceSizes: [1, 1],
  mode: 'clip',
  fillValue: 0,
}
const scatterRows: ScatterParams = {
  updateWindowDims: [1],
  insertedWindowDims: [0],
  operandBatchingDims: [],
  indicesBatchingDims: [],
  scatterDimsToOperandDims: [0],
  mode: 'fill',
}
const scatterWindows: ScatterParams = {
  updateWindowDims: [1, 2],
  insertedWindowDims: [],
  operandBatchingDims: [],
  indicesBatchingDims: [],
  scatterDimsToOperandDims: [0, 1],
  mode: 'clip',
}
const scatterInputs = [float([5, 4]), int([3, 1], 0, 5), float([3, 4])]
const windowInputs = [float([5, 4]), int([2, 2], 0, 4), float([2, 2, 3])]
const scattered = (combine: Params<'scatter'>['combine'], low = -2) => ({
  inputs: [float([5, 4], low), int([4, 1], 0, 3), float([4, 4], low)],
  params: { ...scatterRows, combine },
})

const smooth = (x: NDArray, y: NDArray): NDArray[] => [mul(sin(x), y), add(x, cos(y))]
const inner = makeJaxpr((x: NDArray, y: NDArray) => smooth(x, y))(
  { shape: square, dtype: 'float64' },
  { shape: square, dtype: 'float64' },
).jaxpr
const pair = [float(square), float(square)]
const other = makeJaxpr((x: NDArray, y: NDArray) => [mul(x, mul(x, y)), sin(x)])(
  { shape: square, dtype: 'float64' },
  { shape: square, dtype: 'float64' },
).jaxpr
const step = (w: NDArray, carry: NDArray, x: NDArray): NDArray[] => {
  const next = sin(add(mul(cos(w), carry), x))
  return [next, mul(next, x)]
}
const recurrence = makeJaxpr(step)(
  { shape: [3], dtype: 'float64' },
  { shape: [3], dtype: 'float64' },
  { shape: [3], dtype: 'float64' },
).jaxpr
/** The derivative of `smooth`, written by hand with ops. */
const smoothRule = (x: NDArray, y: NDArray, dx: NDArray, dy: NDArray): NDArray[] => [
  ...smooth(x, y),
  add(mul(mul(cos(x), y), dx), mul(sin(x), dy)),
  sub(dx, mul(sin(y), dy)),
]

const plainConv = {
  strides: [1],
  padding: [[0, 0]],
  lhsDilation: [1],
  rhsDilation: [1],
  lhsSpec: [0, 1, 2],
  rhsSpec: [0, 1, 2],
  outSpec: [0, 1, 2],
  featureGroups: 1,
  batchGroups: 1,
} as const

export const cases: { readonly [P in PrimitiveName]: readonly Case<P>[] } = {
  exp: unary(),
  exp2: unary(),
  expm1: unary(),
  log: unary(0.2, 3),
  log1p: unary(-0.5, 3),
  sqrt: unary(0.2, 3),
  rsqrt: unary(0.2, 3),
  cbrt: unary(0.2, 3),
  sin: unary(),
  cos: unary(),
  tan: unary(-1, 1),
  asin: unary(-0.9, 0.9),
  acos: unary(-0.9, 0.9),
  atan: unary(),
  sinh: unary(),
  cosh: unary(),
  tanh: unary(),
  asinh: unary(),
  acosh: unary(1.2, 4),
  atanh: unary(-0.9, 0.9),
  logistic: unary(),
  erf: unary(),
  erfc: unary(),
  erfInv: unary(-0.9, 0.9),
  lgamma: [...unary(0.3, 4), ...unary(-0.9, -0.1)],
  digamma: [...unary(0.3, 4), ...unary(-0.9, -0.1)],
  floor: unary(),
  ceil: unary(),
  round: [{ inputs: [float(square)], params: { method: 'toNearestEven' } }],
  isFinite: unary(),
  neg: unary(),
  abs: unary(),
  sign: unary(),
  integerPow: [-2, -1, 0, 1, 2, 3, 5].map((exponent) => ({
    inputs: [float(square, 0.3, 2)],
    params: { exponent },
  })),
  stopGradient: [{ inputs: [int(square)], params: {} }],
  not: logical(1),
  and: logical(2),
  or: logical(2),
  xor: logical(2),
  shiftLeft: words(2),
  shiftRightLogical: words(2),
  shiftRightArithmetic: words(2),
  populationCount: integers(1),
  clz: integers(1),
  add: binary(),
  sub: binary(),
  mul: binary(),
  div: binary(0.3, 2),
  rem: [{ inputs: [float(square, -9, 9), float(square, 0.7, 2.9)], params: {} }],
  pow: [{ inputs: [float(square, 0.3, 2), float(square)], params: {} }],
  max: compared,
  min: compared,
  atan2: binary(0.3, 2),
  nextAfter: [
    {
      inputs: [int(square, 1, 2)].map((x) => ({ ...x, dtype: 'float32' as const })).flatMap((x) => [x, x]),
      params: {},
    },
  ],
  eq: compared,
  ne: compared,
  lt: compared,
  le: compared,
  gt: compared,
  ge: compared,
  select: [{ inputs: [bool(square), float(square), float(square)], params: {} }],
  clamp: [{ inputs: [float(square, -1, -0.5), float(square), float(square, 0.5, 1)], params: {} }],
  convert: [
    { inputs: [int(square)], params: { dtype: 'float64' } },
    { inputs: [float(square)], params: { dtype: 'int32' } },
  ],
  bitcast: [{ inputs: [int(square)], params: { dtype: 'uint32' } }],

  reduceSum: reductions(),
  reduceProd: reductions(),
  reduceMax: reductions(),
  reduceMin: reductions(),
  reduceAnd: [{ inputs: [bool([2, 3])], params: { axes: [1] } }],
  reduceOr: [{ inputs: [bool([2, 3])], params: { axes: [0] } }],
  argmax: arg,
  argmin: arg,
  cumsum: cumulative(),
  cumprod: cumulative(),
  cummax: cumulative(),
  cummin: cumulative(),

  broadcastInDim: [
    { inputs: [float([3])], params: { shape: [2, 3, 4], broadcastDimensions: [1] } },
    { inputs: [float([1, 3])], params: { shape: [2, 3], broadcastDimensions: [0, 1] } },
    { inputs: [float([])], params: { shape: [2], broadcastDimensions: [] } },
  ],
  reshape: [{ inputs: [float([2, 6])], params: { shape: [3, 4] } }],
  transpose: [{ inputs: [float([2, 3, 4])], params: { permutation: [2, 0, 1] } }],
  slice: [{ inputs: [float([6, 5])], params: { start: [1, 0], limit: [6, 4], strides: [2, 3] } }],
  pad: [
    {
      inputs: [float([2, 3]), float([])],
      params: {
        config: [
          { low: 1, high: 2, interior: 1 },
          { low: 0, high: 1, interior: 0 },
        ],
      },
    },
    {
      inputs: [float([4, 3]), float([])],
      params: {
        config: [
          { low: -1, high: -1, interior: 0 },
          { low: -2, high: 3, interior: 2 },
        ],
      },
    },
  ],
  concatenate: [{ inputs: [float([2, 1]), float([2, 3]), float([2, 2])], params: { dimension: 1 } }],
  reverse: [{ inputs: [float([2, 3, 2])], params: { dimensions: [0, 2] } }],
  iota: [{ inputs: [], params: { dtype: 'int32', shape: [2, 3], dimension: 1 } }],

  dynamicSlice: [{ inputs: [float([5, 4]), int([], -1, 5), int([], 0, 4)], params: { sliceSizes: [2, 3] } }],
  dynamicUpdateSlice: [{ inputs: [float([5, 4]), float([2, 3]), int([], -1, 5), int([], 0, 4)], params: {} }],
  gather: [
    { inputs: [float([5, 4]), int([3, 1], 0, 5)], params: rows },
    { inputs: [float([5, 4]), int([6, 2], -1, 5)], params: windows },
    { inputs: [float([3, 4]), int([3, 2, 1], 0, 4)], params: batched },
  ],
  scatterAdd: [
    { inputs: scatterInputs, params: scatterRows },
    { inputs: windowInputs, params: scatterWindows },
  ],
  scatter: [
    scattered('set'),
    scattered('mul', 0.5),
    scattered('max'),
    scattered('min'),
    { inputs: windowInputs, params: { ...scatterWindows, combine: 'set' } },
  ],
  sort: [
    { inputs: [float([3, 4])], params: { dimension: 1, keys: 1 } },
    { inputs: [float([5, 2]), float([5, 2]), int([5, 2])], params: { dimension: 0, keys: 1 } },
  ],

  dotGeneral: [
    {
      inputs: [float([2, 3]), float([3, 4])],
      params: { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] },
    },
    {
      inputs: [float([4, 2, 3, 5]), float([5, 4, 3, 2])],
      params: { lhsContract: [3, 2], rhsContract: [0, 2], lhsBatch: [0], rhsBatch: [1] },
    },
    {
      inputs: [float([3]), float([3])],
      params: { lhsContract: [0], rhsContract: [0], lhsBatch: [], rhsBatch: [] },
    },
    {
      inputs: [float([2, 3, 2]), float([2, 3])],
      params: { lhsContract: [], rhsContract: [], lhsBatch: [1, 0], rhsBatch: [1, 0] },
    },
  ],

  conv: [
    {
      inputs: [float([2, 3, 7]), float([4, 3, 3])],
      params: { ...plainConv, strides: [2], padding: [[1, 2]], lhsDilation: [1], rhsDilation: [2] },
    },
    {
      inputs: [float([2, 4, 5]), float([4, 2, 2])],
      params: { ...plainConv, lhsDilation: [2], padding: [[-1, 1]], featureGroups: 2 },
    },
    { inputs: [float([4, 2, 5]), float([4, 2, 2])], params: { ...plainConv, batchGroups: 2 } },
    {
      inputs: [float([2, 4, 5, 3]), float([2, 3, 3, 2])],
      params: {
        ...plainConv,
        strides: [1, 2],
        padding: [
          [1, 1],
          [0, 1],
        ],
        lhsDilation: [1, 1],
        rhsDilation: [1, 1],
        lhsSpec: [0, 3, 1, 2],
        rhsSpec: [3, 2, 0, 1],
        outSpec: [0, 3, 1, 2],
      },
    },
  ],
  windows: [
    { inputs: [float([3, 7])], params: { sizes: [1, 3], strides: [1, 2], dilations: [1, 2] } },
    { inputs: [float([4, 5])], params: { sizes: [2, 2], strides: [2, 1], dilations: [1, 1] } },
  ],
  overlapAdd: [
    {
      inputs: [float([2, 3, 2, 3])],
      params: { sizes: [2, 3], strides: [2, 1], dilations: [1, 1], shape: [4, 5] },
    },
  ],

  threefry2x32: [{ inputs: [word([3]), word([3]), word([3]), word([3])], params: {} }],

  scan: [
    {
      inputs: [float([3]), float([3]), float([4, 3])],
      params: { jaxpr: recurrence, length: 4, reverse: false, unroll: 1, consts: 1, carries: 1 },
    },
    {
      inputs: [float([3]), float([3]), float([4, 3])],
      params: { jaxpr: recurrence, length: 4, reverse: true, unroll: 1, consts: 1, carries: 1 },
    },
  ],
  // Forward mode only: control.test.ts has it.
  while: [],
  switch: [0, 1].map((index) => ({
    inputs: [int([], index, index + 1), ...pair],
    params: { branches: [inner, other] },
  })),

  jit: [{ inputs: pair, params: { jaxpr: inner, name: 'smooth', donated: [false, false] } }],
  checkpoint: [{ inputs: pair, params: { jaxpr: inner, name: 'smooth' } }],
  customJvp: [{ inputs: pair, params: { jaxpr: inner, name: 'smooth', consts: 0, rule: smoothRule } }],
  // Reverse mode only, and a map that is never applied forwards: custom.test.ts has them.
  customVjp: [],
  customLinear: [],
}
