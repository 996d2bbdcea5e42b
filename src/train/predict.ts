/**
 * predict: what a model gives for data.
 */

import type { NDArray } from '../core/ndarray.js'
import type { Layer, Variables } from '../nn/index.js'
import * as np from '../numpy/index.js'
import { compiledAs } from './compiled.js'
import { Breather, noBatches } from './evaluation.js'
import { inputsOf } from './modelProgram.js'
import { checkSource, disposeBatch, openEpoch, type Source } from './source.js'

const operation = 'train.predict'

export interface PredictOptions<P, S> {
  readonly model: Layer<P, S>
  /** Parameters and state; the state of a run is good too. */
  readonly variables: Variables<P, S>
  /** Batches with an array `x`; whatever else they have is left alone, but for `mask`. */
  readonly data: Source
  /** Rows in a batch of a dataset; default 32. */
  readonly batchSize?: number
}

/**
 * The predictions of a model for all rows of `data`, [rows, ...output], in their order; computed batch by batch.
 *
 * @example
 * ```ts
 * import { data, nn, numpy as np, random, train } from 'cotangent'
 * const model = nn.dense(2)
 * const variables = model.init(random.key(0), [3])
 * const y = await train.predict({ model, variables, data: data.fromArrays({ x: np.ones([5, 3]) }) })
 * console.log(y.shape) // [5, 2]
 * ```
 */
export async function predict<P, S>(options: PredictOptions<P, S>): Promise<NDArray> {
  const { model, data } = options
  checkSource(data, options, operation, 'data')
  const { params, state } = options.variables
  const apply = (variables: Variables<P, S>, batch: unknown): NDArray => {
    const { x, mask } = inputsOf(batch, operation)
    return model.apply(variables, x, mask === undefined ? {} : { mask })[0]
  }
  const compiled = compiledAs(apply, { name: operation })
  const { batches, isOwned } = openEpoch(data, 0, options)
  const breather = new Breather()
  const predictions: NDArray[] = []
  for await (const batch of batches) {
    predictions.push(compiled({ params, state }, batch))
    if (isOwned) disposeBatch(batch)
    await breather.breathe()
  }
  if (predictions.length === 0) return noBatches(operation)
  return np.concatenate(predictions)
}
