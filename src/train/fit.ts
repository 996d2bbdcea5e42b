/**
 * fit: trains a model, or runs a step of the user's own, over epochs of batches.
 */

import { fail } from '../core/errors.js'
import * as random from '../random/index.js'
import type { Layer, Variables } from '../nn/index.js'
import type { GradientTransformation, OptimizerState } from '../optim/index.js'
import { devicePutAsync } from '../runtime/devices.js'
import type { Callback, EpochRecord } from './callback.js'
import { keep } from './keep.js'
import { Loop, type Plan } from './loop.js'
import { inputsOf, modelProgram, type Loss, type Metrics, type ModelState } from './modelProgram.js'
import { precisionPlan, startScaling, type LossScalingOptions, type Precision } from './precision.js'
import type { Program } from './program.js'
import { Preview } from './preview.js'
import { checkpointOf, nothingDone, resumed } from './resume.js'
import {
  checkSource,
  isDataset,
  type BatchingOptions,
  type BatchOf,
  type Source,
  type TargetOf,
} from './source.js'
import { stepProgram, type EvaluationStep, type Step } from './stepProgram.js'

const operation = 'train.fit'

/** What both forms of `fit` take. */
export interface FitOptions<D extends Source, S> extends BatchingOptions {
  /** A dataset, shuffled in each epoch by the key, or a function that gives the batches of an epoch. */
  readonly data: D
  /** What is evaluated after each epoch: a source of batches like those of `data`, in its own order. */
  readonly validation?: Source
  /** Passes over the data; default 1. */
  readonly epochs?: number
  /** Everything random comes from it: parameters, order of the rows, the keys of the steps; default random.key(0). */
  readonly key?: random.Key
  readonly callbacks?: readonly Callback<NoInfer<S>>[]
  /** Stops the run after the step that runs when it is aborted. */
  readonly signal?: AbortSignal
  /**
   * Where to look for a checkpoint to continue from: a folder of `checkpoints` (its newest file that is whole), a file,
   * or the bytes of one. Where a folder has none, the run begins. `epochs` counts from the very beginning.
   */
  readonly resume?: string | Uint8Array
}

/** A model, and how it is trained. */
export interface ModelOptions<P, S, D extends Source, N extends string> extends FitOptions<
  D,
  ModelState<P, S>
> {
  readonly model: Layer<P, S>
  /** The loss of predictions and `y`, or the whole batch where it has no `y`; a scalar. */
  readonly loss: Loss<TargetOf<BatchOf<D>>>
  readonly optimizer: GradientTransformation
  /** Metrics of predictions and `y`, by name. */
  readonly metrics?: Metrics<TargetOf<BatchOf<D>>, N>
  /**
   * What the model computes in; default float32. In half types parameters, optimizer, states and losses stay float32, and
   * float16 scales losses so that gradients neither vanish nor overflow (`run.state.scaling`).
   */
  readonly precision?: Precision | LossScalingOptions
  /** Where training starts; default what the model's `init` gives. */
  readonly variables?: Variables<P, S> & { readonly optimizer?: OptimizerState }
}

/** A step of one's own. */
export interface StepOptions<T, D extends Source> extends FitOptions<D, T> {
  /** A pure function (state, batch, key) → [state, { loss, …scalars }]; fit compiles it. */
  readonly step: Step<T, BatchOf<D>>
  /** Where training starts, any tree of arrays. */
  readonly state: T
  /** How to evaluate on validation data: (state, batch) → { loss, …scalars }. */
  readonly evaluateStep?: EvaluationStep<T, BatchOf<D>>
}

/** What training has made of a model, as a plain tree; good as `variables` of evaluate, predict and fit. */
export interface TrainState<P, S> extends ModelState<P, S> {
  /** That of the run. */
  readonly key: random.Key
  /** Steps done. */
  readonly step: number
  /** Whole epochs done. */
  readonly epoch: number
}

/** How a run went. */
export interface Run<T, N extends string = string> {
  readonly state: T
  /** Means of losses and metrics for each epoch that was finished. */
  readonly history: readonly EpochRecord<'loss' | N>[]
  /** Why it ended before its last epoch (`'aborted'` by the signal); null where it did not. */
  readonly stopped: string | null
  /** Steps done. */
  readonly step: number
  /** Whole epochs done. */
  readonly epoch: number
}

/**
 * Runs a step of one's own over epochs of batches: any state, any number of models and optimizers. The step is
 * compiled with its state donated; its state must keep its shapes and dtypes.
 *
 * @example
 * ```ts
 * import { data, grad, numpy as np, train, type NDArray } from 'cotangent'
 * const error = (w: NDArray, x: NDArray) => np.mean(np.square(np.subtract(x, w)))
 * const run = await train.fit({
 *   data: data.fromArrays(np.array([1, 2, 3, 6])),
 *   state: np.array(0.5),
 *   step: (w, x) => [w.sub(grad(error)(w, x).mul(0.25)), { loss: error(w, x) }],
 *   batchSize: 4,
 *   epochs: 40,
 * })
 * console.log(run.state.item()) // 3.0
 * ```
 */
export function fit<T, D extends Source>(options: StepOptions<T, D>): Promise<Run<T>>
/**
 * Trains a model: each step is one compiled program of the forward pass, the gradient, the optimizer and the metrics.
 * Batches are trees with the inputs `x`, targets `y` (a tree; without it the loss gets the whole batch), and
 * optionally `mask` for the model. Everything random comes from `key`: step n of the run has the key
 * `foldIn(key, n)`, epochs have orders of their own, and the same call gives the same bits.
 *
 * @returns the trained state, a plain tree, and the history. Losses and metrics are means over all rows of an epoch.
 * @throws CotangentError `argument`, `shape`, `dtype` or `tree` for wrong options, batches, losses and steps.
 * @example
 * ```ts
 * import { data, nn, numpy as np, optim, random, train } from 'cotangent'
 * const x = random.normal(random.key(1), [256, 4])
 * const dataset = data.fromArrays({ x, y: np.argmax(x, 1) })
 * const model = nn.sequential(nn.dense(32), nn.activation(nn.relu), nn.dense(4))
 * const run = await train.fit({
 *   model,
 *   loss: nn.losses.softmaxCrossEntropy,
 *   optimizer: optim.adam(1e-2),
 *   data: dataset,
 *   batchSize: 64,
 *   epochs: 20,
 *   metrics: { accuracy: nn.metrics.accuracy() },
 *   key: random.key(0),
 * })
 * console.log((run.history.at(-1)?.training.accuracy ?? 0) > 0.9) // true
 * ```
 */
export function fit<P, S, D extends Source, N extends string = never>(
  options: ModelOptions<P, S, D, N>,
): Promise<Run<TrainState<P, S>, N>>
export async function fit(
  options: ModelOptions<unknown, unknown, Source, string> | StepOptions<unknown, Source>,
): Promise<Run<unknown>> {
  checkOptions(options)
  if ('step' in options) {
    const program = stepProgram(options.step, options.evaluateStep, operation)
    const { run } = await trained(options, program, () => Promise.resolve(options.state))
    return run
  }
  const program = modelProgram(judged(options), options.optimizer)
  const { run, key } = await trained(options, program, (key, preview) => initialState(options, key, preview))
  const { step, epoch } = run
  return { ...run, state: { ...run.state, key, step, epoch } }
}

const judged = <P, S>({
  model,
  loss,
  metrics = {},
  precision = 'float32',
}: ModelOptions<P, S, Source, string>) => ({
  precision: precisionPlan(precision, operation),
  model,
  loss: loss,
  metrics: metrics,
  operation,
})

/** Runs a program from its beginning, or from a checkpoint. */
async function trained<S>(
  options: FitOptions<Source, S>,
  program: Program<S>,
  start: (key: random.Key, preview: Preview) => Promise<S>,
): Promise<{ readonly run: Run<S>; readonly key: random.Key }> {
  const { data, validation = null, epochs = 1, callbacks = [], signal, resume } = options
  const { batchSize = 32, dropRemainder = false } = options
  const checkpoint = resume === undefined ? null : await checkpointOf(resume)
  const preview = new Preview(data, Math.min(checkpoint?.progress.epoch ?? 0, epochs - 1))
  try {
    const words = await devicePutAsync(random.keyData(options.key ?? random.key(0)))
    const state = keep((await devicePutAsync(await start(random.wrapKeyData(words), preview))) as S)
    const begun = { ...nothingDone, state, key: random.wrapKeyData(words) }
    const settings = {
      program,
      preview,
      callbacks,
      batching: { batchSize, dropRemainder, rows: isDataset(data) ? data.length : null },
    }
    const beginning = checkpoint === null ? begun : await resumed(checkpoint, begun, settings)
    const plan: Plan<S> = {
      ...settings,
      data: preview.source,
      operation,
      validation,
      epochs,
      callbacks: [...callbacks].sort((a, b) => Number(a.isLate ?? false) - Number(b.isLate ?? false)),
      signal,
      seed: await seedOf(beginning.key),
      key: beginning.key,
    }
    const run = await runToEnd(new Loop(plan, beginning), plan, resume !== undefined)
    return { run, key: beginning.key }
  } finally {
    await preview.close()
  }
}

async function runToEnd<S>(loop: Loop<S>, plan: Plan<S>, mayResume: boolean): Promise<Run<S>> {
  const { callbacks } = plan
  const { state, history, checkpoint } = loop
  const start = { ...loop.position(), state, history, mayResume, names: namesOfPlan(plan) }
  for (const callback of callbacks) await callback.onStart?.(start)
  await loop.run()
  let result = loop.state
  const restore = (other: S): void => {
    result = other
  }
  for (const callback of callbacks) {
    const { stopped } = loop
    await callback.onEnd?.({ ...loop.position(), state: result, history, stopped, restore, checkpoint })
  }
  const { stopped, step, epoch } = loop
  return { state: result, history, stopped, step, epoch }
}

/** What will be known of each epoch, if the program says so. */
function namesOfPlan<S>({ program, validation }: Plan<S>): readonly string[] | null {
  const parts = validation === null ? ['training'] : ['training', 'validation']
  return program.names === null
    ? null
    : parts.flatMap((part) => ['loss', ...(program.names ?? [])].map((name) => `${part}.${name}`))
}

/** A number for data.shuffle: 53 bits of the key. */
async function seedOf(key: random.Key): Promise<number> {
  const [high = 0, low = 0] = await random.keyData(key).data()
  return (high % 2 ** 21) * 2 ** 32 + low
}

/** What a model starts with: the variables given, or those of `init` for inputs like those of the first batch. */
async function initialState<P, S>(
  { model, optimizer, variables, precision = 'float32' }: ModelOptions<P, S, Source, string>,
  key: random.Key,
  preview: Preview,
): Promise<ModelState<P, S>> {
  const { params, state } = variables ?? model.init(key, await inputShape(preview))
  const onDevice = (await devicePutAsync({ params, state })) as Variables<P, S>
  return {
    ...onDevice,
    optimizer: variables?.optimizer ?? optimizer.init(onDevice.params),
    scaling: startScaling(precisionPlan(precision, operation)),
  }
}

async function inputShape(preview: Preview): Promise<readonly number[]> {
  const first = await preview.firstBatch({ batchSize: 1 }, operation)
  return inputsOf(first, operation).x.shape.slice(1)
}

type AnyOptions = ModelOptions<unknown, unknown, Source, string> | StepOptions<unknown, Source>

function checkOptions(options: AnyOptions): void {
  const { data, validation, epochs = 1 } = options
  const wrong = (argument: string, received: string, expected: string, fix?: string): never =>
    fail('argument', { operation, argument, received, expected, ...(fix === undefined ? {} : { fix }) })
  checkSource(data, options, operation, 'data')
  if (validation !== undefined)
    checkSource(validation, { ...options, dropRemainder: false }, operation, 'validation')
  if (!(Number.isInteger(epochs) && epochs > 0)) wrong('epochs', String(epochs), 'a whole number >= 1')
  if ('step' in options) {
    if (validation !== undefined && options.evaluateStep === undefined)
      wrong('evaluateStep', 'nothing', '(state, batch) => { loss, …scalars } where there is validation data')
    if ('model' in options)
      wrong('step', 'a step and a model', 'left out where there is a model, or the other way round')
    return
  }
  if (typeof options.model?.apply !== 'function')
    wrong('model', typeof options.model, 'a layer, or step in its place', 'See nn.Layer.')
  if ('loss' in (options.metrics ?? {}))
    wrong('metrics', "a metric called 'loss'", 'metrics with other names: loss is that of the training loss')
}
