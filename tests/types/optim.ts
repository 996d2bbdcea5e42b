// What optimizers say about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { numpy as np, optim, type NDArray } from '../../src/index.js'

declare const params: { readonly w: NDArray; readonly b: readonly [NDArray, null] }

// Updates have the type of the gradients.
const adam = optim.adam(1e-3)
const [updates] = adam.update(params, adam.init(params), params)
expectTypeOf(updates).toEqualTypeOf<typeof params>()
expectTypeOf(optim.applyUpdates(params, updates)).toEqualTypeOf<typeof params>()

// States are opaque, but for what there is to look at.
// @ts-expect-error what Adam remembers is its own affair
expectTypeOf(adam.init(params).mu).toBeUnknown()
expectTypeOf(optim.multiSteps(adam, 4).init(params).gradientStep).toEqualTypeOf<NDArray>()
expectTypeOf(optim.applyIfFinite(adam, 4).init(params).totalNotfinite).toEqualTypeOf<NDArray>()
// Whatever the state, it is a transformation like any other.
optim.chain(optim.multiSteps(adam, 4), optim.applyIfFinite(adam, 1), optim.injectHyperparams(optim.sgd)(0.1))

// Labels are those of the transformations.
optim.multiTransform({ head: adam, rest: optim.setToZero() }, { w: 'head', b: 'rest' })
optim.multiTransform({ head: adam, rest: optim.setToZero() }, (_, p) => (p.ndim > 1 ? 'head' : 'rest'))
// @ts-expect-error there is no transformation for this label
optim.multiTransform({ head: adam, rest: optim.setToZero() }, { w: 'haed', b: 'rest' })
// @ts-expect-error nor for this one
optim.multiTransform({ head: adam }, () => 'rest')

// Injected optimizers are called as they are, with schedules where numbers may be.
const injected = optim.injectHyperparams(optim.adamw)(optim.constantSchedule(1), {
  b1: () => 0.5,
  nesterov: true,
})
expectTypeOf(injected.init(params).hyperparams.learningRate).toEqualTypeOf<NDArray>()
// @ts-expect-error flags do not follow schedules
optim.injectHyperparams(optim.adamw)(1, { nesterov: () => 1 })
// @ts-expect-error there is no such option
optim.injectHyperparams(optim.adamw)(1, { beta: 1 })
const own = optim.injectHyperparams((o: { readonly rate: optim.Hyperparameter }) => optim.sgd(o.rate))
expectTypeOf(own({ rate: 0.1 }).init(params).hyperparams).toEqualTypeOf<Readonly<Record<'rate', NDArray>>>()

// Rates are numbers, arrays or schedules.
optim.sgd(np.array(0.1))
optim.sgd((count) => np.divide(0.1, np.add(count, 1)))
// @ts-expect-error a rate is not text
optim.sgd('0.1')
