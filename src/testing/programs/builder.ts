/**
 * Builds well-typed programs. Generators ask it for operands of a kind and a range and emit steps; it keeps, for every
 * value, bounds on its elements, so that functions stay inside their domains and away from kinks by construction.
 */

import { avalOf, type Aval } from '../../core/aval.js'
import type { DType, FloatDType } from '../../core/dtype.js'
import { defined } from '../../core/errors.js'
import type { PrimitiveName } from '../../core/jaxpr.js'
import { abstractEval } from '../../core/primitives/index.js'
import { range, sameShape, sizeOf, type Shape } from '../../core/shape.js'
import type { Operand, Program, Step, StepParams } from './program.js'

/** Every element lies between the two. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

/** An operand with what is known of it. */
export interface Value extends Bounds {
  readonly operand: Operand
  readonly aval: Aval
}

/** A list of whole numbers read as decisions; when it is used up, every decision is the first. */
export class Pick {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }
  /** In [0, n). */
  next(n: number): number {
    return n <= 1 ? 0 : (this.#numbers[this.#at++] ?? 0) % n
  }
  from<T>(items: readonly T[]): T {
    return defined(items[this.next(items.length)], 'a choice from nothing')
  }
  /** One of the kinds; mostly floats, which are what most laws are about. */
  kind<K extends Kind>(kinds: readonly K[]): K {
    const float = kinds.find((kind) => kind === 'float')
    return float !== undefined && this.next(4) < 3 ? float : this.from(kinds)
  }
  flag(): boolean {
    return this.next(2) === 1
  }
  /** A subset, in order. */
  subset<T>(items: readonly T[]): T[] {
    return items.filter(() => this.flag())
  }
  shuffle<T>(items: readonly T[]): T[] {
    const rest = [...items]
    return items.map(() => defined(rest.splice(this.next(rest.length), 1)[0], 'a shuffle ran out'))
  }
}

export type Kind = 'float' | 'int' | 'uint' | 'bool'
/** Beyond this a value is squashed before it is used, so that chains of steps stay tame. */
const tame = 8

export class ProgramBuilder {
  readonly float: FloatDType
  readonly names: readonly PrimitiveName[]
  readonly depth: number
  readonly #inputs: readonly Aval[]
  readonly #values: Value[] = []
  readonly #used = new Set<number>()
  readonly #steps: Step[] = []

  constructor(
    float: FloatDType,
    inputs: readonly (Bounds & { readonly aval: Aval })[],
    names: readonly PrimitiveName[],
    depth = 0,
  ) {
    this.float = float
    this.names = names
    this.depth = depth
    this.#inputs = inputs.map(({ aval }) => aval)
    inputs.forEach(({ aval, low, high }, index) =>
      this.#values.push({ operand: { kind: 'value', index }, aval, low, high }),
    )
  }

  dtypeOf(kind: Kind): DType {
    return kind === 'float' ? this.float : kind === 'int' ? 'int32' : kind === 'uint' ? 'uint32' : 'bool'
  }

  /** Adds a step; `bounds` are those of its outputs. */
  emitAll<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly Value[],
    params: StepParams<P>,
    bounds: readonly Bounds[],
    outputs?: readonly Aval[],
  ): Value[] {
    const avals =
      outputs ??
      abstractEval(
        primitive,
        inputs.map((v) => v.aval),
        params as never,
      )
    this.#steps.push({ primitive, inputs: inputs.map((v) => v.operand), params, outputs: avals })
    for (const { operand } of inputs) if (operand.kind === 'value') this.#used.add(operand.index)
    const made = avals.map((aval, i): Value => {
      const { low, high } = bounds[i] ?? bounds[0] ?? { low: -1, high: 1 }
      return { operand: { kind: 'value', index: this.#values.length + i }, aval, low, high }
    })
    this.#values.push(...made)
    return made
  }
  emit<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly Value[],
    params: StepParams<P>,
    low: number,
    high: number,
  ): Value {
    return defined(
      this.emitAll(primitive, inputs, params, [{ low, high }])[0],
      `${primitive} without a result`,
    )
  }

  fill(value: number, shape: Shape, dtype: DType): Value {
    const aval = avalOf(shape, dtype)
    return { operand: { kind: 'fill', aval, value }, aval, low: value, high: value }
  }
  data(values: readonly number[], shape: Shape, dtype: DType): Value {
    const aval = avalOf(shape, dtype)
    return {
      operand: { kind: 'data', aval, values },
      aval,
      low: Math.min(...values),
      high: Math.max(...values),
    }
  }
  /** Whole numbers in [low, high]. */
  integers(pick: Pick, shape: Shape, low: number, high: number, dtype: DType): Value {
    const start = pick.next(high - low + 1)
    // Also all alike: indices that collide.
    const step = pick.from([1, 0, 2, 3, 5, 7])
    return this.data(
      range(sizeOf(shape)).map((i) => low + ((start + i * step) % (high - low + 1))),
      shape,
      dtype,
    )
  }

  /** A value of this kind with at least `rank` axes: the newest or any other; where there is none, a constant. */
  any(pick: Pick, kind: Kind, rank = 0): Value {
    const dtype = this.dtypeOf(kind)
    const fitting = this.#values
      .filter(({ aval }) => aval.dtype === dtype && aval.shape.length >= rank && aval.size > 0)
      .reverse()
    if (fitting.length === 0 && kind === 'float') return this.lifted(pick, rank)
    if (fitting.length === 0) return this.constantOf(pick, kind, pick.from(this.shapes(rank)))
    return this.tamed(pick.flag() ? pick.from(fitting) : defined(fitting[0], 'an empty list'))
  }
  /** Shapes that occur, with at least `rank` axes. */
  shapes(rank: number): Shape[] {
    const known = this.#values.map(({ aval }) => aval.shape).filter((shape) => shape.length >= rank)
    return known.length > 0 ? known.reverse() : [[2, 3, 2].slice(0, rank)]
  }
  /** A float of higher rank than there is, by repeating one. */
  lifted(pick: Pick, rank: number): Value {
    const floats = this.#values.filter(({ aval }) => aval.dtype === this.float).reverse()
    const x = floats.length === 0 ? this.fill(0.5, [], this.float) : this.tamed(pick.from(floats))
    const missing = rank - x.aval.shape.length
    if (missing <= 0) return x
    const shape = [...[2, 3, 2].slice(0, missing), ...x.aval.shape]
    return this.emit(
      'broadcastInDim',
      [x],
      { shape, broadcastDimensions: range(x.aval.shape.length).map((d) => d + missing) },
      x.low,
      x.high,
    )
  }
  constantOf(pick: Pick, kind: Kind, shape: Shape): Value {
    const [low, high] = kind === 'bool' ? [0, 1] : kind === 'uint' ? [0, 9] : [-5, 9]
    const whole = this.integers(pick, shape, low, high, this.dtypeOf(kind))
    return kind === 'float'
      ? this.data(
          valuesOf(whole).map((v) => v / 4 - 0.4),
          shape,
          this.float,
        )
      : whole
  }

  /** A value of this kind and exactly this shape: one there is, a constant, or one made from a sum and a constant. */
  shaped(pick: Pick, kind: Kind, shape: Shape): Value {
    if (pick.next(5) === 4) return this.constantOf(pick, kind, shape)
    const dtype = this.dtypeOf(kind)
    const fitting = this.#values
      .filter(({ aval }) => aval.dtype === dtype && sameShape(aval.shape, shape))
      .reverse()
    if (fitting.length > 0) return this.tamed(pick.from(fitting))
    const weights = this.constantOf(pick, kind, shape)
    if (kind !== 'float') return weights
    const x = this.any(pick, 'float')
    const axes = range(x.aval.shape.length)
    const n = x.aval.size
    const total =
      axes.length === 0 ? x : this.within(this.emit('reduceSum', [x], { axes }, n * x.low, n * x.high), -2, 2)
    const repeated =
      shape.length === 0
        ? total
        : this.emit('broadcastInDim', [total], { shape, broadcastDimensions: [] }, total.low, total.high)
    return this.emit('mul', [repeated, weights], {}, ...product(repeated, weights))
  }

  tamed(x: Value): Value {
    return x.aval.dtype === this.float && (x.low < -tame || x.high > tame) ? this.within(x, -2, 2) : x
  }
  /** `x` where its bounds fit, else middle + half·sin(x / size): smooth, and with a derivative of at most `half`. */
  within(x: Value, low: number, high: number): Value {
    if (x.low >= low && x.high <= high) return x
    const { shape } = x.aval
    const constantOf = (value: number): Value => this.fill(value, shape, this.float)
    const size = Math.max(1, Math.abs(x.low), Math.abs(x.high))
    const scaled = size === 1 ? x : this.emit('mul', [x, constantOf(1 / size)], {}, -1, 1)
    const wave = this.emit('sin', [scaled], {}, -0.85, 0.85)
    const half = (high - low) / 2
    const stretched =
      half === 1 ? wave : this.emit('mul', [wave, constantOf(half)], {}, -0.85 * half, 0.85 * half)
    const middle = (low + high) / 2
    return middle === 0
      ? stretched
      : this.emit('add', [stretched, constantOf(middle)], {}, middle - 0.85 * half, middle + 0.85 * half)
  }
  /** A float in these bounds. */
  floatWithin(pick: Pick, low: number, high: number, rank = 0): Value {
    return this.within(this.any(pick, 'float', rank), low, high)
  }
  /** `x` near 1, so that products of `n` of its elements stay tame. */
  factors(x: Value, n: number): Value {
    const reach = Math.min(0.3, 3 / n)
    return this.within(x, 1 - reach, 1 + reach)
  }
  /** `x` moved so that its elements are further than 1/2 apart: offset + gap·(a permutation) + a part below 1/2. */
  spread(pick: Pick, x: Value, gap = 1, offset = 0): Value {
    const { shape, size } = x.aval
    const base = this.within(x, 0, 0.5)
    const step = [1, 3, 5, 7, 11, 13].find((s) => s > 1 && size % s !== 0 && s < Math.max(2, size)) ?? 1
    const start = pick.next(size)
    const order = range(size).map((i) => offset + gap * ((start + i * step) % size))
    return this.emit(
      'add',
      [base, this.data(order, shape, this.float)],
      {},
      offset,
      offset + gap * (size - 1) + 0.5,
    )
  }

  /** The program whose results are the values that no step uses; a float is always among them. */
  finish(): Program {
    const isFloat = (i: number): boolean => this.#at(i).aval.dtype === this.float
    const all = range(this.#values.length)
    const unused = all.filter((i) => i >= this.#inputs.length && !this.#used.has(i))
    const outputs = unused.some(isFloat) ? unused : [...all.filter(isFloat).slice(-1), ...unused]
    return { inputs: this.#inputs, steps: this.#steps, outputs }
  }
  boundsOf(index: number): Bounds {
    return this.#at(index)
  }
  avalOf(index: number): Aval {
    return this.#at(index).aval
  }
  #at(index: number): Value {
    return defined(this.#values[index], 'an unknown value of a program')
  }
}

const valuesOf = ({ operand }: Value): readonly number[] => (operand.kind === 'data' ? operand.values : [])

/** The bounds of x·y. */
export function product(x: Bounds, y: Bounds): [low: number, high: number] {
  const corners = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]
  return [Math.min(...corners), Math.max(...corners)]
}
