/**
 * What a run computes in one step, as pure functions: (state, totals, batch, key) → the next state and totals. Models
 * and steps of the user's own become such programs; the loop compiles them and knows no more of them.
 */

import { showAval } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import * as np from '../numpy/index.js'
import type { Key } from '../random/index.js'
import { evalShape } from '../transforms/index.js'
import { compiledAs } from './compiled.js'
import { firstNonFinite, noMean, updateMean, type Mean } from './totals.js'

/** What an epoch has added up so far. */
export interface Totals {
  readonly loss: Mean
  /** By name: the states of metrics, or means. */
  readonly others: Readonly<Record<string, unknown>>
  /** int32, see firstNonFinite */
  readonly nonFiniteAt: NDArray
}

/** What a step gives beside the next state. */
export interface Outcome {
  readonly loss: NDArray
  /** The totals of the others with this batch. */
  readonly others: Totals['others']
}

/** How batches are gathered into numbers. */
export interface Measure<S> {
  /** The totals before a first batch like this one. */
  start(state: S, batch: unknown): Totals['others']
  /** A number for each of the others. */
  compute(others: Totals['others']): Readonly<Record<string, NDArray>>
}

export interface Program<S> extends Measure<S> {
  /** `step` counts from 1; `others` may be added to, and the loss is a scalar. */
  step(state: S, others: Totals['others'], batch: unknown, key: Key): readonly [state: S, outcome: Outcome]
  /** null where nothing says how to evaluate. */
  readonly evaluation: Evaluation<S> | null
}

export interface Evaluation<S> extends Measure<S> {
  step(state: S, others: Totals['others'], batch: unknown): Outcome
}

export const startTotals = <S>(measure: Measure<S>, state: S, batch: unknown): Totals => ({
  loss: noMean(),
  others: measure.start(state, batch),
  nonFiniteAt: np.zeros([], { dtype: 'int32' }),
})

/** Totals with one more batch. */
export function addTo(totals: Totals, { loss, others }: Outcome, rows: number, step: NDArray): Totals {
  const value = np.astype(loss, 'float32')
  return {
    loss: updateMean(totals.loss, value, rows),
    others,
    nonFiniteAt: firstNonFinite(totals.nonFiniteAt, value, step),
  }
}

/** What was read of totals. */
export interface Reading {
  /** The mean loss under `loss`, and the others. */
  readonly scores: Record<string, number>
  /** The loss of the last batch. */
  readonly loss: number
  /** The first step whose loss was not finite, or null. */
  readonly nonFiniteAt: number | null
}

/** Reads totals: everything in one array, made by one compiled function before the next step takes their memory. */
export type Reader = (totals: Totals, loss: NDArray) => Promise<Reading>

/** Steps are whole numbers beyond what float32 has, so they are read in two parts. */
const stepParts = 2 ** 16

/** How totals like these are read. */
export function readerOf<S>(measure: Measure<S>, totals: Totals, operation: string): Reader {
  const shapes = evalShape(measure.compute, totals.others) as Readonly<Record<string, NDArray>>
  const names = Object.keys(shapes)
  for (const name of names) checkScore(name, shapes[name]?.shape ?? [], operation)
  const gather = (given: Totals, loss: NDArray): NDArray => {
    const computed = measure.compute(given.others)
    const step = [np.floorDivide(given.nonFiniteAt, stepParts), np.remainder(given.nonFiniteAt, stepParts)]
    const values = [loss, ...step, given.loss.mean, ...Object.values(computed)]
    return np.stack(values.map((value) => np.astype(value, 'float32')))
  }
  const compiled = compiledAs(gather, { name: 'train.scores' })
  return async (given, loss) => {
    const [last = NaN, high = 0, low = 0, ...scores] = await compiled(given, loss).data()
    const step = high * stepParts + low
    return {
      scores: Object.fromEntries(['loss', ...names].map((name, i) => [name, scores[i] ?? NaN])),
      loss: last,
      nonFiniteAt: step === 0 ? null : step,
    }
  }
}

function checkScore(name: string, shape: readonly number[], operation: string): void {
  if (shape.length === 0) return
  fail('shape', {
    operation,
    shapes: [shape],
    expected: `metric '${name}' must give one number`,
    fix: 'Use metrics that give more (a confusion matrix) outside: metric.update and metric.compute over predictions.',
  })
}

/** Throws unless a loss is one float. */
export function checkLoss(loss: unknown, operation: string, source: string): NDArray {
  if (!(loss instanceof NDArray)) {
    return fail('argument', {
      operation,
      argument: `the loss that ${source} gives`,
      received: loss === null ? 'null' : typeof loss,
      expected: 'an array of shape []',
    })
  }
  if (loss.ndim > 0) {
    fail('shape', {
      operation,
      shapes: [loss.shape],
      expected: `the loss that ${source} gives must be a scalar`,
      fix: 'Reduce it to one number, for instance with np.mean(loss).',
    })
  }
  if (!isFloat(loss.dtype)) {
    fail('dtype', {
      operation,
      dtypes: [loss.dtype],
      expected: `the loss that ${source} gives must be a float`,
      fix: "Convert it with astype('float32').",
    })
  }
  return loss
}

/** Throws, naming the place, unless a step gave a state like the one it got: otherwise each step would be compiled anew. */
export function checkSameState(before: unknown, after: unknown, operation: string): void {
  const [old, structure] = tree.flatten(before)
  const [next, nextStructure] = tree.flatten(after)
  tree.checkSameTree(structure, nextStructure, `${operation}, the next state`)
  const paths = tree.leafPaths(structure)
  next.forEach((leaf, i) => {
    const expected = old[i]
    if (!(expected instanceof NDArray)) return
    const same =
      leaf instanceof NDArray &&
      leaf.dtype === expected.dtype &&
      String(leaf.shape) === String(expected.shape)
    if (same) return
    fail('tree', {
      operation: `${operation}, the next state`,
      path: paths[i] === '' ? 'the root' : (paths[i] ?? ''),
      expected: showAval(expected.aval),
      received: leaf instanceof NDArray ? showAval(leaf.aval) : typeof leaf,
      fix: 'A step must give a state with the shapes and dtypes of the one it got (astype helps).',
    })
  })
}
