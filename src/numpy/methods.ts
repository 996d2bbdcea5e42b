/**
 * What the methods of NDArray do: the numpy functions, in the form that core/methods.ts asks for.
 */

import type { ArrayMethods } from '../core/methods.js'
import type { NDArray } from '../core/ndarray.js'
import { add, divide, multiply, power, remainder, subtract } from './arithmetic.js'
import { dot, matmul } from './contraction.js'
import { diagonal } from './diagonals.js'
import { abs, negative } from './elementwise.js'
import { index } from './indexing.js'
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './logic.js'
import { astype, ravel, reshape, transpose } from './movement.js'
import { all, any, argmax, argmin, max, mean, min, prod, sum } from './reductions.js'
import { argsort, sort } from './sorting.js'

export const arrayMethods: ArrayMethods<NDArray> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  mod: remainder,
  pow: power,
  neg: negative,
  abs,
  matmul,
  dot,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  sum,
  prod,
  mean,
  max,
  min,
  all,
  any,
  argmax,
  argmin,
  sort,
  argsort,
  reshape,
  transpose,
  ravel,
  diagonal,
  astype,
  slice: index,
}
