// What arrays, trees, layers and optimizers say about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { nn, numpy as np, optim, random, tree, type DType, type NDArray } from '../../src/index.js'

declare const x: NDArray

expectTypeOf(x.dtype).toEqualTypeOf<DType>()
expectTypeOf(x.shape).toExtend<readonly number[]>()
expectTypeOf(np.add(x, 1)).toEqualTypeOf<NDArray>()
expectTypeOf(x.sum().item()).toEqualTypeOf<number>()

// Trees keep their shape.
expectTypeOf(tree.map((leaf: NDArray) => leaf.shape.length, { a: x, b: [x, x] as const })).toEqualTypeOf<{
  a: number
  b: readonly [number, number]
}>()

// The parameters of a model are typed by its layers.
const model = nn.sequential(
  nn.flatten(),
  nn.dense(4),
  nn.activation(nn.relu),
  nn.dense(2, { useBias: false }),
)
const { params, state } = model.init(random.key(0), [8])
expectTypeOf(params[1].kernel).toEqualTypeOf<NDArray>()
expectTypeOf(params[1].bias).toEqualTypeOf<NDArray>()
expectTypeOf(params[0]).toEqualTypeOf<null>()
expectTypeOf(model.apply({ params, state }, x)[0]).toEqualTypeOf<NDArray>()
// @ts-expect-error this layer has no bias
void params[3].bias

// Updates have the type of the parameters.
const optimizer = optim.adam(1e-3)
const [updates, next] = optimizer.update(params, optimizer.init(params), params)
expectTypeOf(updates).toEqualTypeOf(params)
expectTypeOf(next).toEqualTypeOf<optim.OptimizerState>()
expectTypeOf(optim.applyUpdates(params, updates)).toEqualTypeOf(params)

// Mistakes that the compiler finds.
// @ts-expect-error there is no such dtype
np.zeros([2], { dtype: 'float31' })
// @ts-expect-error keys are not numbers
random.normal(0, [2])
// @ts-expect-error arrays have no arithmetic operators
void (x + x)
