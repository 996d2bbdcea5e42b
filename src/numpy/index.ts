/**
 * The numpy namespace: JAX's names in camelCase. Arrays come first, then axis and shape, then one options object.
 */

export { add, arctan2, bitwiseAnd, bitwiseOr, bitwiseXor, clip, divide, divmod, floatPower, floorDivide, fmax, fmin, fmod, heaviside, hypot, leftShift, logaddexp, logaddexp2, maximum, minimum, mod, multiply, pow, power, remainder, rightShift, subtract, trueDivide } from './arithmetic.js'
export { dot, cross, inner, kron, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat } from './contraction.js'
export { arange, array, copy, empty, eye, full, fullLike, identity, ones, onesLike, tri, zeros, zerosLike, type ArraySource, type DTypeOption, type ShapeLike } from './creation.js'
export { argwhere, flatnonzero, nonzero, type SizeOptions } from './dataDependent.js'
export { diag, diagflat, diagIndices, diagonal, fillDiagonal, trace, trilIndices, triuIndices } from './diagonals.js'
export { abs, absolute, arccos, arccosh, arcsin, arcsinh, arctan, arctanh, bitwiseNot, cbrt, ceil, cos, cosh, deg2rad, exp, exp2, expm1, fabs, fix, floor, invert, log, log10, log1p, log2, negative, positive, rad2deg, reciprocal, rint, round, sign, sin, sinh, sqrt, square, tan, tanh, trunc } from './elementwise.js'
export { copysign, frexp, ldexp, modf, nanToNum, nextafter, signbit, sinc } from './floating.js'
export { bartlett, blackman, fromfunction, geomspace, hamming, hanning, indices, linspace, logspace, meshgrid } from './intervals.js'
export { append, arraySplit, columnStack, concat, concatenate, dsplit, dstack, hsplit, hstack, split, stack, unstack, vsplit, vstack } from './joining.js'
export { allclose, arrayEqual, arrayEquiv, equal, greater, greaterEqual, isclose, isfinite, isinf, isnan, isneginf, isposinf, less, lessEqual, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual } from './logic.js'
export { astype, atleast1d, atleast2d, atleast3d, broadcastArrays, broadcastShapes, broadcastTo, expandDims, flip, fliplr, flipud, matrixTranspose, moveaxis, ndim, permuteDims, ravel, reshape, roll, rot90, shape, size, squeeze, swapaxes, tile, transpose, tril, triu } from './movement.js'
export { all, any, argmax, argmin, average, countNonzero, max, mean, min, prod, ptp, std, sum, variance as var } from './reductions.js'
export { argsort, digitize, lexsort, partition, searchsorted, sort } from './sorting.js'
export { choose, put, putAlongAxis, select, take, takeAlongAxis, where, type TakeOptions } from './taking.js'
