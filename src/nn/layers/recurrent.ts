/**
 * What recurrent layers share: a cell is scanned over the steps of [batch, time, features], forwards, backwards or both.
 */

import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import type { Shape } from '../../core/shape.js'
import { scan, type ScanOptions } from '../../lax/control.js'
import * as np from '../../numpy/index.js'
import { asBool } from '../../numpy/promote.js'
import * as random from '../../random/index.js'
import type { Key } from '../../random/index.js'
import type { Initializer } from '../initializers/index.js'
import type { Layer } from './layer.js'

/** One step of a recurrent layer. What is carried from step to step is a list, and its first array is the output. */
export interface Cell<P> {
  readonly name: string
  readonly units: number
  /** How many arrays [batch, units] are carried. */
  readonly carries: number
  init(key: Key, inputs: number): P
  /** What inputs contribute to the gates: for all steps at once, since it does not depend on what is carried. */
  project(params: P, x: NDArray): NDArray
  step(params: P, carry: readonly NDArray[], projected: NDArray): readonly NDArray[]
}

export interface RecurrentInitializers {
  /** default glorotUniform() */
  readonly kernelInit?: Initializer
  /** default orthogonal() */
  readonly recurrentInit?: Initializer
  readonly biasInit?: Initializer
}

export interface RecurrentOptions extends RecurrentInitializers {
  /** Whether the outputs of all steps are returned, or that of the last step alone (the default). */
  readonly returnSequence?: boolean
  /** Whether a second cell runs from the end to the start, its output beside that of the first; default false. */
  readonly bidirectional?: boolean
  /** How many steps one turn of the loop makes; default 1. */
  readonly unroll?: ScanOptions['unroll']
}

/** The parameters of both directions. */
export interface Bidirectional<P> {
  readonly forward: P
  readonly backward: P
}

interface Run {
  readonly reverse: boolean
  readonly returnSequence: boolean
  readonly unroll: number | boolean
  readonly mask: ArrayLike | undefined
}

/** All steps of `cell`: [batch, time, inputs] → [batch, time, units], or [batch, units] after the last step. */
function run<P>(cell: Cell<P>, params: P, x: NDArray, { mask, returnSequence, ...options }: Run): NDArray {
  const projected = cell.project(params, x)
  const zero = np.zeros([x.shape[0] ?? 1, cell.units], { dtype: projected.dtype })
  const first = new Array<NDArray>(cell.carries).fill(zero)
  const steps = np.swapaxes(projected, 0, 1)
  const real =
    mask === undefined ? null : np.expandDims(np.swapaxes(asBool(mask, `nn.${cell.name}`), 0, 1), 2)
  const step = (
    carry: readonly NDArray[],
    item: { readonly input: NDArray; readonly real: NDArray | null },
  ) => {
    const after = cell.step(params, carry, item.input)
    // At padding nothing happens: the carry stays, and the output is that of the step before.
    const { real: isReal } = item
    const next = isReal === null ? after : after.map((value, i) => np.where(isReal, value, carry[i] ?? value))
    return [next, returnSequence ? next[0] : null] as const
  }
  const [last, all] = scan(step as never, first, { input: steps, real }, options) as unknown as [
    readonly NDArray[],
    NDArray,
  ]
  return returnSequence ? np.swapaxes(all, 0, 1) : (last[0] ?? zero)
}

function inputsOf(operation: string, inputShape: Shape): number {
  const [, inputs] = inputShape
  if (inputShape.length === 2 && inputs !== undefined) return inputs
  return fail('shape', {
    operation,
    shapes: [inputShape],
    expected: 'examples [time, features]',
    fix: 'The input shape is that of one example, without the batch.',
  })
}

/** The layer of one cell, run from the first step to the last. */
export function oneWay<P>(cell: Cell<P>, options: RecurrentOptions): Layer<P, null> {
  const { returnSequence = false, unroll = 1 } = options
  const operation = `nn.${cell.name}`
  return {
    name: cell.name,
    init: (key, inputShape) => ({ params: cell.init(key, inputsOf(operation, inputShape)), state: null }),
    apply({ params }, x, { mask } = {}) {
      inputsOf(operation, x.shape.slice(1))
      return [run(cell, params, x, { reverse: false, returnSequence, unroll, mask }), null]
    },
  }
}

/** The layer of two cells that run in opposite directions; outputs side by side, [batch, …, 2 · units]. */
export function bothWays<P>(cell: Cell<P>, options: RecurrentOptions): Layer<Bidirectional<P>, null> {
  const { returnSequence = false, unroll = 1 } = options
  const operation = `nn.${cell.name}`
  return {
    name: `${cell.name} (bidirectional)`,
    init(key, inputShape) {
      const inputs = inputsOf(operation, inputShape)
      const [forward, backward] = [0, 1].map((i) => cell.init(random.foldIn(key, i), inputs)) as [P, P]
      return { params: { forward, backward }, state: null }
    },
    apply({ params }, x, { mask } = {}) {
      inputsOf(operation, x.shape.slice(1))
      const outputs = [
        run(cell, params.forward, x, { reverse: false, returnSequence, unroll, mask }),
        run(cell, params.backward, x, { reverse: true, returnSequence, unroll, mask }),
      ]
      return [np.concatenate(outputs, -1), null]
    },
  }
}
