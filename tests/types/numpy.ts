// What the numpy functions say about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { lax, numpy as np, type DType, type NDArray } from '../../src/index.js'

declare const x: NDArray

// One array in, one out; several in, a list out.
expectTypeOf(np.atleast1d(x)).toEqualTypeOf<NDArray>()
expectTypeOf(np.atleast2d(x, 1)).toEqualTypeOf<NDArray[]>()

// A condition alone asks for positions.
expectTypeOf(np.where(x, 1, x)).toEqualTypeOf<NDArray>()
expectTypeOf(np.where(x)).toEqualTypeOf<NDArray[]>()
expectTypeOf(np.where(x, { size: 2 })).toEqualTypeOf<NDArray[]>()

expectTypeOf(np.unique(x)).toEqualTypeOf<NDArray>()
expectTypeOf(np.unique(x, { size: 3 })).toEqualTypeOf<NDArray>()
expectTypeOf(np.unique(x, { returnCounts: true })).toEqualTypeOf<NDArray | NDArray[]>()

expectTypeOf(np.divmod(x, 2)).toEqualTypeOf<[NDArray, NDArray]>()
expectTypeOf(np.promoteTypes('int8', 'float32')).toEqualTypeOf<DType>()
expectTypeOf(lax.sort(x)).toEqualTypeOf<NDArray>()
expectTypeOf(lax.sort([x, x])).toEqualTypeOf<NDArray[]>()

// @ts-expect-error lists are made arrays first
np.add([1, 2], x)
// @ts-expect-error not a dtype
np.zeros([2], { dtype: 'float' })
// @ts-expect-error an option that sum does not have
np.sum(x, 0, { keepDims: true })
// @ts-expect-error a range has at most a start and an end
x.slice([1, 2, 3])
