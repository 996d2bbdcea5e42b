/**
 * Hyperparameters in the state: they may follow schedules, and be changed between steps.
 */

import { fail } from '../../core/errors.js'
import { isFloat, promoteTypes, type DType } from '../../core/dtype.js'
import { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import type { Hyperparameter, LearningRate } from '../hyperparameter.js'
import { zeroCount } from '../moments.js'
import type { Schedule } from '../schedules/schedule.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'
import { arraysOf } from '../trees.js'

/** `O` with schedules where it takes numbers. */
export type Scheduled<O> = {
  readonly [K in keyof O]: [Extract<O[K], number>] extends [never] ? O[K] : O[K] | Schedule
}

/** The state of `injectHyperparams`. */
export interface InjectHyperparamsState<H extends string = string> extends OptimizerState {
  /** Steps made. */
  readonly count: NDArray
  /** The numbers that the next step uses, by name; where there is a schedule, what the last step has used. */
  readonly hyperparams: Readonly<Record<H, NDArray>>
  readonly innerState: OptimizerState
}

interface State {
  readonly count: NDArray
  readonly hyperparams: Readonly<Record<string, NDArray>>
  readonly innerState: OptimizerState
}

type Arguments = Readonly<Record<string, unknown>>

const operation = 'optim.injectHyperparams'
const isNumeric = (x: unknown): x is Hyperparameter => typeof x === 'number' || x instanceof NDArray
const isSchedule = (x: unknown): x is Schedule => typeof x === 'function'

/** What the state of an injected optimizer holds: the learning rate, and whatever options are given. */
type Rates = InjectHyperparamsState<'learningRate'> & {
  readonly hyperparams: Readonly<Record<string, NDArray>>
}

/** The entries of `given` that pass, with `change` made to each. */
function pick<V, R>(
  given: Arguments,
  passes: (x: unknown) => x is V,
  change: (x: V) => R,
): Record<string, R> {
  const chosen: Record<string, R> = {}
  for (const [name, value] of Object.entries(given)) if (passes(value)) chosen[name] = change(value)
  return chosen
}

/** The float dtype that holds all of the tree. */
const widest = (tree: unknown): DType =>
  arraysOf(operation, tree)
    .map(({ dtype }) => dtype)
    .filter((dtype) => isFloat(dtype))
    .reduce<DType | null>((a, b) => (a === null ? b : promoteTypes(a, b)), null) ?? 'float32'

/** A transformation whose numbers are part of its state; `fixed` names functions that are not schedules. */
function injected(
  make: (own: Arguments) => GradientTransformation,
  given: Arguments,
  fixed: readonly string[],
): GradientTransformation<Rates> {
  const isOwn = (name: string): boolean => !fixed.includes(name)
  const open = Object.fromEntries(Object.entries(given).filter(([name]) => isOwn(name)))
  const scheduled = pick(open, isSchedule, (schedule) => schedule)
  // Mistakes in the numbers are found here, while they are still numbers.
  make({ ...given, ...pick(scheduled, isSchedule, (schedule) => np.array(schedule(0))) })
  const values = (count: NDArray, dtype: DType): Record<string, NDArray> =>
    pick(scheduled, isSchedule, (schedule) => np.astype(schedule(count), dtype))
  return transformation<State>({
    init: (params) => {
      const dtype = widest(params)
      const count = zeroCount()
      const numbers = pick(open, isNumeric, (x) => np.array(x, { dtype }))
      const hyperparams = { ...numbers, ...values(count, dtype) }
      return { count, hyperparams, innerState: make({ ...given, ...hyperparams }).init(params) }
    },
    update: (updates, state, params) => {
      const hyperparams = { ...state.hyperparams, ...values(state.count, widest(params ?? updates)) }
      const [changed, innerState] = make({ ...given, ...hyperparams }).update(
        updates,
        state.innerState,
        params,
      )
      return [changed, { count: np.add(state.count, 1), hyperparams, innerState }]
    },
  }) as GradientTransformation<Rates>
}

export interface InjectOptions {
  /** Options that are functions but no schedules, such as `mask`. */
  readonly staticArgs?: readonly string[]
}

/**
 * An optimizer whose hyperparameters are arrays in its state, called like the optimizer itself. Numbers can be changed
 * between steps (`setHyperparams`) and a jitted step need not be compiled again; functions are schedules, `mask` and
 * other `staticArgs` excepted. The first argument is named `learningRate`, options have their own names; a function of
 * options alone will do as well. Source: optax.inject_hyperparams.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.injectHyperparams(optim.adam)(1e-3, { b1: 0.9 })
 * let state = optimizer.init({ w: np.zeros([3]) })
 * state = optim.setHyperparams(state, { learningRate: 1e-4 })
 * console.log(state.hyperparams.learningRate.item()) // 0.0001
 * ```
 */
export function injectHyperparams<O extends object>(
  factory: (learningRate: LearningRate, options?: O) => GradientTransformation,
  options?: InjectOptions,
): (learningRate: LearningRate, options?: Scheduled<O>) => GradientTransformation<Rates>
export function injectHyperparams<O extends object>(
  factory: (options: O) => GradientTransformation,
  options?: InjectOptions,
): (options: Scheduled<O>) => GradientTransformation<InjectHyperparamsState<Extract<keyof O, string>>>
export function injectHyperparams(
  factory: (...args: never[]) => GradientTransformation,
  { staticArgs = ['mask'] }: InjectOptions = {},
): (first: unknown, second?: unknown) => GradientTransformation<Rates> {
  // Which of the two forms the factory has, is told by the first argument.
  const call = factory as (...args: readonly unknown[]) => GradientTransformation
  return (first, second = {}) => {
    if (isNumeric(first) || isSchedule(first)) {
      const make = ({ learningRate, ...options }: Arguments) => call(learningRate, options)
      return injected(make, { learningRate: first, ...(second as Arguments) }, staticArgs)
    }
    if (typeof first === 'object' && first !== null) return injected(call, first as Arguments, staticArgs)
    return fail('argument', {
      operation,
      argument: 'the first argument',
      received: String(first),
      expected: 'a learning rate (a number or a schedule), or an object of hyperparameters',
    })
  }
}
