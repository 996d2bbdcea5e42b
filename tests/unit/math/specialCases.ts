/**
 * Special values of the float32 functions: signed zeros, infinities, NaN, poles, and the ends of the range.
 * They hold for the expansions as they are evaluated exactly, and on every device that compiles them.
 */

import type { MathName } from '../../../src/lowering/expr.js'
import { largestFloat } from './accuracy.js'

const inf = Infinity
const nan = Number.NaN

/** Argument → result, compared with Object.is after rounding to float32. */
export const specialValues: readonly (readonly [MathName, readonly (readonly [number, number])[]])[] = [
  [
    'exp',
    [
      [0, 1],
      [-0, 1],
      [inf, inf],
      [-inf, 0],
      [nan, nan],
      [89, inf],
      [-200, 0],
      [1e30, inf],
      [-1e30, 0],
    ],
  ],
  [
    'exp2',
    [
      [0, 1],
      [3, 8],
      [-3, 0.125],
      [127, 2 ** 127],
      [128, inf],
      [inf, inf],
      [-inf, 0],
      [nan, nan],
      [-1e30, 0],
      [1e30, inf],
    ],
  ],
  [
    'expm1',
    [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -1],
      [nan, nan],
      [-40, -1],
      [89, inf],
      [1e30, inf],
      [-1e30, -1],
      [1e-30, 1e-30],
    ],
  ],
  [
    'log',
    [
      [1, 0],
      [0, -inf],
      [-0, -inf],
      [-1, nan],
      [inf, inf],
      [-inf, nan],
      [nan, nan],
      [2 ** -149, -149 * Math.LN2],
    ],
  ],
  [
    'log1p',
    [
      [0, 0],
      [-0, -0],
      [-1, -inf],
      [-2, nan],
      [inf, inf],
      [-inf, nan],
      [nan, nan],
      [1e-30, 1e-30],
    ],
  ],
  [
    'cbrt',
    [
      [0, 0],
      [-0, -0],
      [8, 2],
      [-27, -3],
      [inf, inf],
      [-inf, -inf],
      [nan, nan],
    ],
  ],
  [
    'sin',
    [
      [0, 0],
      [-0, -0],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
      [1e-30, 1e-30],
    ],
  ],
  [
    'cos',
    [
      [0, 1],
      [-0, 1],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  ],
  [
    'tan',
    [
      [0, 0],
      [-0, -0],
      [inf, nan],
      [nan, nan],
    ],
  ],
  [
    'asin',
    [
      [0, 0],
      [-0, -0],
      [1, Math.PI / 2],
      [-1, -Math.PI / 2],
      [1.1, nan],
      [-inf, nan],
      [nan, nan],
    ],
  ],
  [
    'acos',
    [
      [1, 0],
      [-1, Math.PI],
      [0, Math.PI / 2],
      [1.1, nan],
      [-inf, nan],
      [nan, nan],
    ],
  ],
  [
    'atan',
    [
      [0, 0],
      [-0, -0],
      [inf, Math.PI / 2],
      [-inf, -Math.PI / 2],
      [1, Math.PI / 4],
      [nan, nan],
    ],
  ],
  [
    'sinh',
    [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -inf],
      [90, inf],
      [-1e30, -inf],
      [nan, nan],
      [1e-30, 1e-30],
    ],
  ],
  [
    'cosh',
    [
      [0, 1],
      [-0, 1],
      [inf, inf],
      [-inf, inf],
      [90, inf],
      [-1e30, inf],
      [nan, nan],
    ],
  ],
  [
    'tanh',
    [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [20, 1],
      [-1e30, -1],
      [nan, nan],
      [1e-30, 1e-30],
    ],
  ],
  [
    'asinh',
    [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -inf],
      [nan, nan],
      [1e-30, 1e-30],
    ],
  ],
  [
    'acosh',
    [
      [1, 0],
      [0.5, nan],
      [-inf, nan],
      [inf, inf],
      [nan, nan],
    ],
  ],
  [
    'atanh',
    [
      [0, 0],
      [-0, -0],
      [1, inf],
      [-1, -inf],
      [1.5, nan],
      [-inf, nan],
      [nan, nan],
    ],
  ],
  [
    'erf',
    [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [5, 1],
      [nan, nan],
    ],
  ],
  [
    'erfc',
    [
      [0, 1],
      [inf, 0],
      [-inf, 2],
      [20, 0],
      [-20, 2],
      [nan, nan],
    ],
  ],
  [
    'erfInv',
    [
      [0, 0],
      [-0, -0],
      [1, inf],
      [-1, -inf],
      [1.5, nan],
      [-inf, nan],
      [nan, nan],
    ],
  ],
  [
    'lgamma',
    [
      [1, 0],
      [2, 0],
      [0, inf],
      [-0, inf],
      [-1, inf],
      [-7, inf],
      [inf, inf],
      [-inf, inf],
      [nan, nan],
      [1e37, inf],
    ],
  ],
  [
    'digamma',
    [
      [0, nan],
      [-0, nan],
      [-1, nan],
      [-7, nan],
      [inf, inf],
      [-inf, nan],
      [nan, nan],
    ],
  ],
]

/** C99's pow. ECMAScript's ** differs from it in pow(1, y) and pow(-1, ±∞). */
const c99 = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === inf) ? 1 : x ** y)

/** Every pair of the numbers, with what `f` gives. */
const grid = (
  xs: readonly number[],
  ys: readonly number[],
  f: (x: number, y: number) => number,
): readonly (readonly [number, number, number])[] =>
  xs.flatMap((x) => ys.map((y) => [x, y, f(x, y)] as const))

const tiny = 2 ** -149
const neighbours: readonly (readonly [number, number, number])[] = [
    [1, 2, 1 + 2 ** -23], [1, 0, 1 - 2 ** -24], [-1, -2, -1 - 2 ** -23], [-1, 0, -1 + 2 ** -24], [0, 1, tiny], [-0, 1, tiny], [0, -1, -tiny],
    [tiny, 0, 0], [-tiny, 0, -0], [0, -0, -0], [-0, 0, 0], [3, 3, 3], [largestFloat, inf, inf], [inf, 0, largestFloat], [-inf, inf, -largestFloat],
    [nan, 1, nan], [1, nan, nan], [inf, inf, inf],
  ] // prettier-ignore

const axes = [0, -0, 1, -1, inf, -inf, nan]
/** Two arguments → result. */
export const specialPairs: readonly (readonly [MathName, readonly (readonly [number, number, number])[]])[] = [
  ['pow', grid([0, -0, 1, -1, 0.5, -0.5, 2, -2, inf, -inf, nan], [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, inf, -inf, nan, 1e30, -1e30, 2 ** 24 + 2], c99)],
  ['pow', [[3, 4, 81], [10, 3, 1000], [-2, 7, -128], [2, 100, 2 ** 100], [2, -100, 2 ** -100]]],
  ['atan2', grid(axes, axes, Math.atan2)],
  ['nextAfter', neighbours],
] // prettier-ignore
