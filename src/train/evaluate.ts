/**
 * evaluate: how good a model is on data.
 */

import type { Layer, Variables } from '../nn/index.js'
import { Evaluator } from './evaluation.js'
import { modelEvaluation, type Loss, type Metrics } from './modelProgram.js'
import { checkSource, type BatchOf, type Source, type TargetOf } from './source.js'

const operation = 'train.evaluate'

export interface EvaluateOptions<P, S, D extends Source, N extends string> {
  readonly model: Layer<P, S>
  /** Parameters and state; the state of a run is good too. */
  readonly variables: Variables<P, S>
  readonly data: D
  readonly loss: Loss<TargetOf<BatchOf<D>>>
  readonly metrics?: Metrics<TargetOf<BatchOf<D>>, N>
  /** Rows in a batch of a dataset; default 32. */
  readonly batchSize?: number
}

/**
 * The loss and the metrics of a model over all rows of `data`, whatever their number: a smaller last batch counts as
 * much as it has rows. Batches are those of `fit`; nothing is trained and the model's state stays.
 *
 * @example
 * ```ts
 * import { data, nn, numpy as np, random, train } from 'cotangent'
 * const model = nn.dense(2)
 * const scores = await train.evaluate({
 *   model,
 *   variables: model.init(random.key(0), [3]),
 *   data: data.fromArrays({ x: np.ones([5, 3]), y: np.zeros([5], { dtype: 'int32' }) }),
 *   loss: nn.losses.softmaxCrossEntropy,
 *   metrics: { accuracy: nn.metrics.accuracy() },
 *   batchSize: 2,
 * })
 * console.log(scores.accuracy === 0 || scores.accuracy === 1) // true
 * ```
 */
export async function evaluate<P, S, D extends Source, N extends string = never>(
  options: EvaluateOptions<P, S, D, N>,
): Promise<Readonly<Record<'loss' | N, number>>> {
  const { model, variables, data, loss, metrics = {} } = options
  checkSource(data, options, operation, 'data')
  const evaluation = modelEvaluation<P, S>({
    model,
    loss: loss as Loss<unknown>,
    metrics: metrics,
    operation,
  })
  const { params, state } = variables
  const scores = await new Evaluator(evaluation, operation).run({ params, state }, data, options)
  return scores
}
