/** Derivatives of the movement primitives: all are linear in the arrays they move. */

import type { NDArray } from '../../core/ndarray.js'
import { concatenate, pad, zerosLike } from '../../core/ops.js'
import type { MovementSigs } from '../../core/primitives/movement.js'
import { zeroDerivative, type JvpTable } from '../rules.js'
import { linear } from './helpers.js'

export const movement: JvpTable<keyof MovementSigs> = {
  broadcastInDim: linear('broadcastInDim'),
  reshape: linear('reshape'),
  transpose: linear('transpose'),
  slice: linear('slice'),
  pad: ([x, value], [dx, dvalue], { config }) => [
    [pad(x, value, config)],
    [pad(dx ?? zerosLike(x), dvalue ?? zerosLike(value), config)],
  ],
  concatenate: (xs, dxs, { dimension }) => [
    [concatenate(xs, dimension)],
    [
      concatenate(
        xs.map((x, i): NDArray => dxs[i] ?? zerosLike(x)),
        dimension,
      ),
    ],
  ],
  reverse: linear('reverse'),
  iota: zeroDerivative,
}
