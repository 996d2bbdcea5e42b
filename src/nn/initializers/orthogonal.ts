/**
 * The orthogonal initializer: a random matrix with orthonormal rows or columns.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as ops from '../../core/ops.js'
import { normalizeAxis, sizeOf, without } from '../../core/shape.js'
import { scan } from '../../lax/control.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import type { Initializer } from './families.js'

/**
 * The rows of `a` (at most as many as columns) made orthonormal by Gram and Schmidt's method: the Q of the
 * decomposition of its transpose whose R has a positive diagonal. What earlier rows contain is taken out twice, which
 * makes the method as accurate as rounding allows (Kahan's "twice is enough").
 */
function orthonormalRows(a: NDArray): NDArray {
  const [rows = 0] = a.shape
  const numbers = np.arange(rows, null, 1, { dtype: 'int32' })
  const withoutRows = (v: NDArray, q: NDArray): NDArray => np.subtract(v, np.matmul(np.matmul(q, v), q))
  const step = (q: NDArray, { row, number }: { row: NDArray; number: NDArray }): readonly [NDArray, null] => {
    const v = withoutRows(withoutRows(row, q), q)
    const unit = np.divide(v, np.sqrt(np.sum(np.square(v))))
    return [np.where(np.expandDims(np.equal(numbers, number), 1), unit, q), null]
  }
  return scan(step as never, ops.zerosLike(a), { row: a, number: numbers })[0]
}

/**
 * A random matrix, uniform among those with orthonormal rows or columns (whichever are fewer), times `scale`; all axes
 * but `columnAxis` count as one. Needs two axes. Same numbers as jax.nn.initializers.orthogonal, up to rounding.
 * Source: Saxe et al. (2014).
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const q = nn.initializers.orthogonal()(random.key(0), [8, 3])
 * np.matmul(q.transpose(), q) // the 3 × 3 identity
 * ```
 */
export function orthogonal(scale = 1, columnAxis = -1): Initializer {
  return (key, shape, dtype = 'float32') => {
    const operation = 'nn.initializers.orthogonal'
    if (shape.length < 2) {
      fail('shape', {
        operation,
        shapes: [shape],
        expected: 'at least two axes',
        fix: 'For a vector use normal.',
      })
    }
    const axis = normalizeAxis(columnAxis, shape, operation)
    const own = shape[axis] ?? 1
    const others = sizeOf(shape) / own
    // JAX decomposes the tall matrix; its columns are our rows.
    const tall = [Math.max(own, others), Math.min(own, others)]
    const q = orthonormalRows(np.transpose(random.normal(key, tall)))
    const matrix = own <= others ? q : np.transpose(q)
    const full = np.reshape(matrix, [own, ...without(shape, [axis])])
    return np.astype(np.multiply(np.moveaxis(full, 0, axis), scale), dtype)
  }
}
