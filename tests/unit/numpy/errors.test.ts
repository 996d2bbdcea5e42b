// Mistakes of shape, axis and dtype: the message names the function that the user called, and what was expected.

import { expect, test } from 'vitest'
import { CotangentError, numpy as np, type ErrorCode } from '../../../src/index.js'

const a = np.zeros([2, 3])
const b = np.zeros([4, 5])
const vector = np.zeros([3])

const mistakes: readonly (readonly [name: string, run: () => unknown, code: ErrorCode, message: string])[] = [
  [
    'add',
    () => np.add(a, b),
    'shape',
    'add: shapes that broadcast (aligned at the right, sizes equal or 1), got shapes [2, 3] and [4, 5]. Reshape or expandDims one of them.',
  ],
  ['where', () => np.where(np.zeros([2]), a, 0), 'shape', 'where: shapes that broadcast'],
  [
    'sum',
    () => np.sum(a, 2),
    'axis',
    'sum: axis 2 is not valid for an array of shape [2, 3] (axes are -2 to 1, each at most once).',
  ],
  ['mean', () => np.mean(a, [0, 0]), 'axis', 'mean: axis [0, 0] is not valid'],
  [
    'max',
    () => np.max(np.zeros([0])),
    'shape',
    'max: at least one element along the reduced axes, got shape [0]. Give `initial`.',
  ],
  [
    'min',
    () => np.min(a, 0, { where: true }),
    'argument',
    'min: initial must be a number when `where` is given',
  ],
  ['argmax', () => np.argmax(np.zeros([0])), 'shape', 'argmax: at least one element'],
  [
    'matmul',
    () => np.matmul(a, b),
    'shape',
    'matmul: the same size along axis -1 of the first and axis -2 of the second operand, got shapes [2, 3] and [4, 5]. Transpose or reshape an operand.',
  ],
  [
    'matmul of a number',
    () => np.matmul(a, 2),
    'shape',
    'matmul: an array with at least one axis, got shape [].',
  ],
  ['dot', () => np.dot(a, b), 'shape', 'dot: the same size'],
  ['tensordot', () => np.tensordot(a, b, 3), 'argument', 'tensordot: axes must be a number from 0 to 2'],
  [
    'reshape',
    () => np.reshape(a, [4, -1]),
    'shape',
    'reshape: a shape of 6 elements, with at most one -1, got shapes [2, 3] and [4, -1].',
  ],
  ['transpose', () => np.transpose(a, [0, 0]), 'axis', 'transpose: axis [0, 0] is not valid'],
  ['expandDims', () => np.expandDims(a, 5), 'axis', 'expandDims: axis 5'],
  ['squeeze', () => np.squeeze(a, 0), 'shape', 'squeeze: size 1 along axes [0], got shape [2, 3].'],
  [
    'broadcastTo',
    () => np.broadcastTo(a, [2, 2]),
    'shape',
    'broadcastTo: a shape that the array broadcasts to',
  ],
  [
    'concatenate',
    () => np.concatenate([a, b]),
    'shape',
    'concatenate: shapes that differ only along axis 0, got shapes [2, 3] and [4, 5].',
  ],
  [
    'concatenate of nothing',
    () => np.concatenate([]),
    'argument',
    'concatenate: arrays must be at least one array, got none.',
  ],
  ['stack', () => np.stack([a, vector]), 'shape', 'stack: arrays of one shape'],
  [
    'split',
    () => np.split(vector, 2),
    'argument',
    'split: sections must be a divisor of the size, got 2 for an axis of size 3. Use arraySplit for parts of unequal size.',
  ],
  ['roll', () => np.roll(vector, 0.5), 'argument', 'roll: shift must be a whole number'],
  ['pad', () => np.pad(vector, -1), 'argument', 'pad: padWidth must be whole numbers >= 0, got -1.'],
  ['take', () => np.take(vector, vector), 'dtype', 'take: integer indices, got float32.'],
  [
    'takeAlongAxis',
    () => np.takeAlongAxis(a, np.arange(3), 0),
    'shape',
    'takeAlongAxis: an index array with as many axes as the array',
  ],
  [
    'power',
    () => np.power(np.arange(3), -1),
    'argument',
    'power: the exponent must be >= 0 for an integer base',
  ],
  ['sort', () => np.sort(a, 3), 'axis', 'sort: axis 3'],
  ['diag', () => np.diag(np.zeros([1, 1, 1])), 'shape', 'diag: a vector or a matrix'],
  [
    'select',
    () => np.select([true], []),
    'argument',
    'select: condlist and choicelist must be lists of one length',
  ],
  ['quantile', () => np.quantile(np.zeros([0]), 0.5), 'shape', 'quantile: at least one element'],
  ['astype', () => np.astype(a, 'double' as 'float64'), 'dtype', 'astype: the name of a dtype'],
  ['finfo', () => np.finfo('int32'), 'dtype', 'finfo: a float dtype, got int32. Use iinfo for integers.'],
  [
    'einsum',
    () => np.einsum('ij,jk', a),
    'argument',
    "einsum: subscripts must be one term for each of the 1 operands, got 'ij,jk'.",
  ],
  [
    'einsum ranks',
    () => np.einsum('ijk->i', a),
    'argument',
    "einsum: subscripts must be as many letters in 'ijk' as its operand has axes (2)",
  ],
  [
    'einsum output',
    () => np.einsum('ij->ik', a),
    'argument',
    'an output of distinct letters that occur in the inputs',
  ],
  [
    'einsum sizes',
    () => np.einsum('ij,jk', a, b),
    'shape',
    "einsum: one size for the axes named 'j' in 'ij,jk', got shapes [2, 3] and [4, 5].",
  ],
  [
    'linalg.norm',
    () => np.linalg.norm(a, { ord: 3 }),
    'argument',
    "linalg.norm: ord must be 'fro', 1, -1, Infinity or -Infinity for matrices, got 3.",
  ],
  [
    'linalg.matrixPower',
    () => np.linalg.matrixPower(a, 2),
    'shape',
    'linalg.matrixPower: square matrices, got shape [2, 3].',
  ],
  [
    'iteration',
    () => [...np.zeros([])],
    'axis',
    'iteration: axis 0 is not valid for an array of shape [] (it has no axes).',
  ],
  [
    'subtract of bool',
    () => np.subtract(np.array([true]), np.array([false])),
    'dtype',
    'sub: a number dtype, got bool. Convert with astype.',
  ],
]

test.each(mistakes)('%s', (_, run, code, message) => {
  let caught: unknown
  try {
    run()
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(CotangentError)
  expect((caught as CotangentError).code).toBe(code)
  expect((caught as CotangentError).message).toContain(message)
})
