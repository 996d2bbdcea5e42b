/**
 * The program of a model, a loss, an optimizer and metrics.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import type { Layer, Metric, Variables } from '../nn/index.js'
import { applyUpdates, type GradientTransformation, type OptimizerState } from '../optim/index.js'
import type { Key } from '../random/index.js'
import { valueAndGrad } from '../transforms/index.js'
import { checkLoss, type Evaluation, type Measure, type Outcome, type Program } from './program.js'

/** What training changes: parameters, the model's state, the optimizer's state. */
export interface ModelState<P, S> extends Variables<P, S> {
  readonly optimizer: OptimizerState
}

/** How wrong a prediction is, as one number; see `TargetOf` for what it is compared with. */
export type Loss<T> = (prediction: NDArray, target: T) => NDArray

/** Metrics by name; the names are those in the history. */
export type Metrics<T, N extends string = string> = {
  readonly [name in N]: Metric<unknown, [prediction: NDArray, target: T]>
}

/** A model and how it is judged. */
export interface Judged<P, S> {
  readonly model: Layer<P, S>
  readonly loss: Loss<unknown>
  readonly metrics: Metrics<unknown>
  readonly operation: string
}

interface Inputs {
  readonly x: NDArray
  readonly target: unknown
  readonly mask: NDArray | undefined
}

/** Takes a batch apart: the model's input, what the loss compares with, the model's mask. */
export function inputsOf(batch: unknown, operation: string): Inputs {
  const parts =
    typeof batch === 'object' && batch !== null ? (batch as Readonly<Record<string, unknown>>) : {}
  const { x, y, mask } = parts
  if (!(x instanceof NDArray)) {
    fail('argument', {
      operation,
      argument: 'a batch',
      received: describe(batch),
      expected:
        'an object with an array x (the inputs), y (the targets) where there are any, and mask (see nn)',
      fix: 'Name the arrays: data.fromArrays({ x, y }), or use the form of fit that takes a step of your own.',
    })
  }
  return { x, target: y === undefined ? batch : y, mask: mask instanceof NDArray ? mask : undefined }
}

function describe(batch: unknown): string {
  if (batch instanceof NDArray) return 'an array'
  if (Array.isArray(batch)) return `a list of ${batch.length}`
  if (typeof batch === 'object' && batch !== null)
    return `an object with keys {${Object.keys(batch).join(', ')}}`
  return batch === null ? 'null' : typeof batch
}

interface Forward<S> {
  readonly loss: NDArray
  readonly prediction: NDArray
  readonly state: S
}

function forward<P, S>(
  { model, loss, operation }: Judged<P, S>,
  variables: Variables<P, S>,
  { x, target, mask }: Inputs,
  key: Key | null,
): Forward<S> {
  const options = {
    training: key !== null,
    ...(key === null ? {} : { key }),
    ...(mask === undefined ? {} : { mask }),
  }
  const [prediction, state] = model.apply(variables, x, options)
  return { loss: checkLoss(loss(prediction, target), operation, 'loss'), prediction, state }
}

/** The gathering of metrics. */
function measure<P, S>({ metrics }: Judged<P, S>): Measure<Variables<P, S>> {
  const each = <R>(f: (metric: Metrics<unknown>[string], name: string) => R): Record<string, R> =>
    Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, f(metric, name)]))
  return {
    start: () => each((metric) => metric.init()),
    compute: (others) => each((metric, name) => metric.compute(others[name])),
  }
}

function outcome<P, S>(
  { metrics }: Judged<P, S>,
  { loss, prediction }: Forward<S>,
  others: Outcome['others'],
  target: unknown,
): Outcome {
  const next = Object.entries(metrics).map(
    ([name, metric]) => [name, metric.update(others[name], prediction, target)] as const,
  )
  return { loss, others: Object.fromEntries(next) }
}

/** Evaluation of a model: no key, no training, the state stays. */
export function modelEvaluation<P, S>(judged: Judged<P, S>): Evaluation<Variables<P, S>> {
  return {
    ...measure(judged),
    step(variables, others, batch) {
      const inputs = inputsOf(batch, judged.operation)
      return outcome(judged, forward(judged, variables, inputs, null), others, inputs.target)
    },
  }
}

/** One step of training a model. */
export function modelProgram<P, S>(
  judged: Judged<P, S>,
  optimizer: GradientTransformation,
): Program<ModelState<P, S>> {
  return {
    ...measure(judged),
    step({ params, state, optimizer: memory }, others, batch, key) {
      const inputs = inputsOf(batch, judged.operation)
      const lossOf = (trained: P): [NDArray, Forward<S>] => {
        const result = forward(judged, { params: trained, state }, inputs, key)
        return [result.loss, result]
      }
      // The types of valueAndGrad cannot see that parameters are arrays.
      const differentiated = valueAndGrad(lossOf, { hasAux: true }) as (params: unknown) => unknown
      const [[, result], gradient] = differentiated(params) as [[NDArray, Forward<S>], P]
      const [updates, next] = optimizer.update(gradient, memory, params)
      return [
        { params: applyUpdates(params, updates), state: result.state, optimizer: next },
        outcome(judged, result, others, inputs.target),
      ]
    },
    evaluation: modelEvaluation(judged),
  }
}
