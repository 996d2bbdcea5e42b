/**
 * What recurrent layers share: a cell is scanned over the steps of [batch, time, features], forwards, backwards or both.
 */

import type { DType } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import { sameShape, type Shape } from '../../core/shape.js'
import { scan, type ScanOptions } from '../../lax/control.js'
import * as np from '../../numpy/index.js'
import { asBool } from '../../numpy/promote.js'
import * as random from '../../random/index.js'
import type { Key } from '../../random/index.js'
import type { Initializer } from '../initializers/index.js'
import type { ApplyOptions, Layer, Variables } from './layer.js'

/** What is carried from step to step: arrays [batch, units], of which the first is the output. */
export type Carry = readonly [NDArray, ...NDArray[]]

/** One step of a recurrent layer. */
export interface Cell<P, C extends Carry> {
  readonly name: string
  readonly units: number
  /** The carry whose arrays are all this one. */
  carryOf(array: NDArray): C
  init(key: Key, inputs: number): P
  /** What inputs contribute to the gates: for all steps at once, since it does not depend on what is carried. */
  project(params: P, x: NDArray): NDArray
  step(params: P, carry: C, projected: NDArray): C
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

/** The parameters, or what is carried, of both directions. */
export interface Bidirectional<P> {
  readonly forward: P
  readonly backward: P
}

/** A layer whose steps can be made in several calls, with what is carried from one to the next in the caller's hands. */
export interface RecurrentLayer<P, C> extends Layer<P, null> {
  /** What is carried before the first step of a batch of this size: zeros [batch, units]. */
  initialCarry(batch: number, options?: { readonly dtype?: DType }): C
  /** Like `apply`, but from `carry` on (default zeros), and with what is carried after the last step. */
  applyCarry(
    variables: Variables<P, null>,
    x: NDArray,
    options?: ApplyOptions & { readonly carry?: C },
  ): [y: NDArray, carry: C]
}

interface Run<C> {
  readonly carry: C | undefined
  readonly reverse: boolean
  readonly returnSequence: boolean
  readonly unroll: number | boolean
  readonly mask: ArrayLike | undefined
}

/** All steps of `cell`: [batch, time, inputs] → [batch, time, units], or [batch, units] after the last step. */
function run<P, C extends Carry>(
  cell: Cell<P, C>,
  params: P,
  x: NDArray,
  { carry, mask, returnSequence, ...options }: Run<C>,
): [y: NDArray, carry: C] {
  const projected = cell.project(params, x)
  const shape = [x.shape[0] ?? 1, cell.units]
  const first = carry ?? cell.carryOf(np.zeros(shape, { dtype: projected.dtype }))
  checkCarry(`nn.${cell.name}`, first, shape)
  const steps = np.swapaxes(projected, 0, 1)
  const real =
    mask === undefined ? null : np.expandDims(np.swapaxes(asBool(mask, `nn.${cell.name}`), 0, 1), 2)
  const step = (before: C, item: { readonly input: NDArray; readonly real: NDArray | null }) => {
    const after = cell.step(params, before, item.input)
    // At padding nothing happens: the carry stays, and the output is that of the step before.
    const { real: isReal } = item
    const next =
      isReal === null ? after : after.map((value, i) => np.where(isReal, value, before[i] ?? value))
    return [next, returnSequence ? next[0] : null] as const
  }
  const [last, all] = scan(step as never, first, { input: steps, real }, options) as unknown as [C, NDArray]
  return [returnSequence ? np.swapaxes(all, 0, 1) : last[0], last]
}

function checkCarry(operation: string, carry: Carry, shape: Shape): void {
  if (carry.every((array) => sameShape(array.shape, shape))) return
  fail('shape', {
    operation,
    shapes: carry.map((array) => array.shape),
    expected: `a carry of arrays [batch, units], [${shape.join(', ')}] here`,
    fix: 'Start with initialCarry(batch), and give each call the carry of the call before.',
  })
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
function oneWay<P, C extends Carry>(
  cell: Cell<P, C>,
  { returnSequence = false, unroll = 1 }: RecurrentOptions,
): RecurrentLayer<P, C> {
  const operation = `nn.${cell.name}`
  const layer: RecurrentLayer<P, C> = {
    name: cell.name,
    init: (key, inputShape) => ({ params: cell.init(key, inputsOf(operation, inputShape)), state: null }),
    apply: (variables, x, options) => [layer.applyCarry(variables, x, options)[0], null],
    initialCarry: (batch, options) => cell.carryOf(np.zeros([batch, cell.units], options)),
    applyCarry({ params }, x, { mask, carry } = {}) {
      inputsOf(operation, x.shape.slice(1))
      return run(cell, params, x, { carry, reverse: false, returnSequence, unroll, mask })
    },
  }
  return layer
}

/** The layer of two cells that run in opposite directions; outputs side by side, [batch, …, 2 · units]. */
function bothWays<P, C extends Carry>(
  cell: Cell<P, C>,
  { returnSequence = false, unroll = 1 }: RecurrentOptions,
): RecurrentLayer<Bidirectional<P>, Bidirectional<C>> {
  const operation = `nn.${cell.name}`
  const layer: RecurrentLayer<Bidirectional<P>, Bidirectional<C>> = {
    name: `${cell.name} (bidirectional)`,
    init(key, inputShape) {
      const inputs = inputsOf(operation, inputShape)
      const [forward, backward] = [0, 1].map((i) => cell.init(random.foldIn(key, i), inputs)) as [P, P]
      return { params: { forward, backward }, state: null }
    },
    apply: (variables, x, options) => [layer.applyCarry(variables, x, options)[0], null],
    initialCarry(batch, options) {
      const zeros = np.zeros([batch, cell.units], options)
      return { forward: cell.carryOf(zeros), backward: cell.carryOf(zeros) }
    },
    applyCarry({ params }, x, { mask, carry } = {}) {
      inputsOf(operation, x.shape.slice(1))
      const shared = { returnSequence, unroll, mask }
      const [there, forward] = run(cell, params.forward, x, {
        ...shared,
        carry: carry?.forward,
        reverse: false,
      })
      const [back, backward] = run(cell, params.backward, x, {
        ...shared,
        carry: carry?.backward,
        reverse: true,
      })
      return [np.concatenate([there, back], -1), { forward, backward }]
    },
  }
  return layer
}

/** A constructor of recurrent layers of `units`, of one direction or of both. */
export interface RecurrentConstructor<O extends RecurrentOptions, P, C> {
  (
    units: number,
    options: O & { readonly bidirectional: true },
  ): RecurrentLayer<Bidirectional<P>, Bidirectional<C>>
  (units: number, options?: O & { readonly bidirectional?: false }): RecurrentLayer<P, C>
}

/** The constructor of layers of a cell. */
export function recurrent<O extends RecurrentOptions, P, C extends Carry>(
  cellOf: (units: number, options: O | undefined) => Cell<P, C>,
): RecurrentConstructor<O, P, C> {
  function make(
    units: number,
    options: O & { readonly bidirectional: true },
  ): RecurrentLayer<Bidirectional<P>, Bidirectional<C>>
  function make(units: number, options?: O & { readonly bidirectional?: false }): RecurrentLayer<P, C>
  function make(
    units: number,
    options?: O,
  ): RecurrentLayer<P, C> | RecurrentLayer<Bidirectional<P>, Bidirectional<C>> {
    const cell = cellOf(units, options)
    return options?.bidirectional === true ? bothWays(cell, options) : oneWay(cell, options ?? {})
  }
  return make
}
