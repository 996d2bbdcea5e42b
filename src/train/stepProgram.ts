/**
 * The program of a step that the user wrote: (state, batch, key) → [state, { loss, …scalars }].
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import * as random from '../random/index.js'
import { evalShape } from '../transforms/index.js'
import {
  checkLoss,
  checkSameState,
  type Evaluation,
  type Measure,
  type Outcome,
  type Program,
} from './program.js'
import { rowsOf } from './source.js'
import { noMean, updateMean, type Mean } from './totals.js'

/** What a step reports: the loss, and any other scalars; their means over the epoch are in the history. */
export interface StepScores {
  readonly loss: NDArray
  readonly [name: string]: NDArray
}

/** A pure function: one step of training, whatever the state is. */
export type Step<S, B> = (state: S, batch: B, key: random.Key) => readonly [state: S, scores: StepScores]

/** A pure function: how good a state is on a batch. */
export type EvaluationStep<S, B> = (state: S, batch: B) => StepScores

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x) && !(x instanceof NDArray)

/** Throws unless the scores are an object of scalars with a loss. */
function checkScores(scores: unknown, operation: string, source: string): StepScores {
  if (!isRecord(scores)) {
    return fail('argument', {
      operation,
      argument: `the scores that ${source} gives`,
      received: Array.isArray(scores) ? 'a list' : scores instanceof NDArray ? 'an array' : typeof scores,
      expected: 'an object { loss, …other scalars }',
    })
  }
  checkLoss(scores['loss'], operation, source)
  for (const [name, value] of Object.entries(scores)) {
    if (value instanceof NDArray && value.ndim === 0) continue
    fail('argument', {
      operation,
      argument: `'${name}' of the scores that ${source} gives`,
      received: value instanceof NDArray ? `an array of shape [${value.shape.join(', ')}]` : typeof value,
      expected: 'an array of shape []',
      fix: 'Reduce it to one number, or leave it out.',
    })
  }
  return scores as StepScores
}

function checkStep<S>(result: unknown, state: S, operation: string): readonly [state: S, scores: StepScores] {
  if (typeof result === 'object' && result !== null && 'then' in result)
    return fail('asyncFunction', { operation, name: 'step' })
  if (!Array.isArray(result) || result.length !== 2) {
    return fail('argument', {
      operation,
      argument: 'what step returns',
      received: Array.isArray(result)
        ? `a list of ${result.length}`
        : result === null
          ? 'null'
          : typeof result,
      expected: 'a list [state, { loss, …other scalars }]',
    })
  }
  const [next, scores] = result as readonly unknown[]
  checkSameState(state, next, operation)
  return [next as S, checkScores(scores, operation, 'step')]
}

type Means = Readonly<Record<string, Mean>>

/** Scores other than the loss become means, weighted by rows. */
function measure<S>(scoresOf: (state: S, batch: unknown) => StepScores): Measure<S> {
  let names: readonly string[] | null = null
  return {
    start(state, batch) {
      // Tracing tells; once is enough, as every batch has the same scores.
      names ??= Object.keys(
        evalShape(scoresOf as (state: unknown, batch: unknown) => StepScores, state, batch),
      )
      return Object.fromEntries(names.filter((name) => name !== 'loss').map((name) => [name, noMean()]))
    },
    compute: (others) =>
      Object.fromEntries(Object.entries(others as Means).map(([name, { mean }]) => [name, mean])),
  }
}

function outcome({ loss, ...scores }: StepScores, others: Outcome['others'], batch: unknown): Outcome {
  const means = Object.entries(others as Means).map(
    ([name, mean]) =>
      [name, updateMean(mean, np.astype(scores[name] ?? np.array(NaN), 'float32'), rowsOf(batch))] as const,
  )
  return { loss, others: Object.fromEntries(means) }
}

function stepEvaluation<S>(evaluate: EvaluationStep<S, unknown>, operation: string): Evaluation<S> {
  const scoresOf = (state: S, batch: unknown): StepScores =>
    checkScores(evaluate(state, batch), operation, 'evaluateStep')
  return {
    ...measure(scoresOf),
    step: (state, others, batch) => outcome(scoresOf(state, batch), others, batch),
  }
}

/** The program of a step, and of what evaluates its state where there is one. */
export function stepProgram<S>(
  step: Step<S, unknown>,
  evaluate: EvaluationStep<S, unknown> | undefined,
  operation: string,
): Program<S> {
  return {
    ...measure((state, batch) => checkStep(step(state, batch, random.key(0)), state, operation)[1]),
    step(state, others, batch, key) {
      const [next, scores] = checkStep(step(state, batch, key), state, operation)
      return [next, outcome(scores, others, batch)]
    },
    evaluation: evaluate === undefined ? null : stepEvaluation(evaluate, operation),
  }
}
