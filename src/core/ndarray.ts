/**
 * The one value type. An NDArray is either a ConcreteArray (its storage holds numbers on a device, or one
 * number repeated) or a Tracer (it stands for a value while a function is traced). Both are immutable.
 */

/// <reference lib="esnext.disposable" preserve="true" />

import { showAval, type Aval } from './aval.js'
import type { DType, HostArray } from './dtype.js'
import { defined, fail } from './errors.js'
import type { ArrayMethods, AxisArgument, ReduceOptions } from './methods.js'
import type { Shape } from './shape.js'

/** What array functions take: an array, or a weakly typed scalar. */
export type ArrayLike = NDArray | number | boolean
export type SliceIndex = number | null | readonly [] | readonly [number] | readonly [number, number] | NDArray

let installed: ArrayMethods<NDArray> | undefined

export const installArrayMethods = (methods: ArrayMethods<NDArray>): void => {
  installed = methods
}
const arrayMethods = (): ArrayMethods<NDArray> =>
  defined(installed, 'array methods were used before they were installed')

/** Nested lists of numbers, as `x.js()` gives them. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[]

/** An n-dimensional array: concrete numbers, or a tracer inside a transformed function. */
export abstract class NDArray implements Iterable<NDArray> {
  abstract readonly aval: Aval

  get shape(): Shape {
    return this.aval.shape
  }
  get dtype(): DType {
    return this.aval.dtype
  }
  get ndim(): number {
    return this.aval.shape.length
  }
  get size(): number {
    return this.aval.size
  }

  // Arithmetic. Operands broadcast and promote; numbers are weakly typed.
  add(y: ArrayLike): NDArray {
    return arrayMethods().add(this, y)
  }
  sub(y: ArrayLike): NDArray {
    return arrayMethods().sub(this, y)
  }
  mul(y: ArrayLike): NDArray {
    return arrayMethods().mul(this, y)
  }
  /** True division. */
  div(y: ArrayLike): NDArray {
    return arrayMethods().div(this, y)
  }
  mod(y: ArrayLike): NDArray {
    return arrayMethods().mod(this, y)
  }
  pow(y: ArrayLike): NDArray {
    return arrayMethods().pow(this, y)
  }
  neg(): NDArray {
    return arrayMethods().neg(this)
  }
  abs(): NDArray {
    return arrayMethods().abs(this)
  }
  matmul(y: ArrayLike): NDArray {
    return arrayMethods().matmul(this, y)
  }
  dot(y: ArrayLike): NDArray {
    return arrayMethods().dot(this, y)
  }

  // Comparisons, giving bool arrays.
  equal(y: ArrayLike): NDArray {
    return arrayMethods().equal(this, y)
  }
  notEqual(y: ArrayLike): NDArray {
    return arrayMethods().notEqual(this, y)
  }
  less(y: ArrayLike): NDArray {
    return arrayMethods().less(this, y)
  }
  lessEqual(y: ArrayLike): NDArray {
    return arrayMethods().lessEqual(this, y)
  }
  greater(y: ArrayLike): NDArray {
    return arrayMethods().greater(this, y)
  }
  greaterEqual(y: ArrayLike): NDArray {
    return arrayMethods().greaterEqual(this, y)
  }

  // Reductions; axis null or absent means all axes.
  sum(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().sum(this, axis, options)
  }
  prod(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().prod(this, axis, options)
  }
  mean(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().mean(this, axis, options)
  }
  max(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().max(this, axis, options)
  }
  min(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().min(this, axis, options)
  }
  all(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().all(this, axis, options)
  }
  any(axis?: AxisArgument, options?: ReduceOptions): NDArray {
    return arrayMethods().any(this, axis, options)
  }
  argmax(axis?: number | null): NDArray {
    return arrayMethods().argmax(this, axis)
  }
  argmin(axis?: number | null): NDArray {
    return arrayMethods().argmin(this, axis)
  }
  sort(axis?: number): NDArray {
    return arrayMethods().sort(this, axis)
  }
  argsort(axis?: number): NDArray {
    return arrayMethods().argsort(this, axis)
  }

  // Movement.
  reshape(shape: number | Shape): NDArray {
    return arrayMethods().reshape(this, shape)
  }
  transpose(axes?: readonly number[] | null): NDArray {
    return arrayMethods().transpose(this, axes)
  }
  /** All axes reversed. */
  get T(): NDArray {
    return arrayMethods().transpose(this)
  }
  flatten(): NDArray {
    return arrayMethods().ravel(this)
  }
  ravel(): NDArray {
    return arrayMethods().ravel(this)
  }
  diagonal(offset?: number, axis1?: number, axis2?: number): NDArray {
    return arrayMethods().diagonal(this, offset, axis1, axis2)
  }
  astype(dtype: DType): NDArray {
    return arrayMethods().astype(this, dtype)
  }
  /** Python indexing: a number, `[]` for `:`, `[a]` for `a:`, `[a, b]` for `a:b`, null for a new axis, an integer array for a gather. */
  slice(...index: readonly SliceIndex[]): NDArray {
    return arrayMethods().slice(this, index)
  }
  /** The items along the first axis. */
  *[Symbol.iterator](): IterableIterator<NDArray> {
    const n = this.shape[0]
    if (n === undefined) fail('axis', { operation: 'iteration', axis: 0, shape: this.shape })
    for (let i = 0; i < n; i++) yield this.slice(i)
  }

  // Reading. Tracers have no values; see ConcreteArray.
  /** The elements in row-major order. */
  abstract data(): Promise<HostArray>
  /** Like `data`, at once; only on devices that allow it. */
  abstract dataSync(): HostArray
  /** Nested lists of numbers (booleans for bool). */
  abstract jsAsync(): Promise<NestedNumbers>
  abstract js(): NestedNumbers
  /** The one element of an array of size 1. */
  abstract itemAsync(): Promise<number>
  abstract item(): number
  /** Frees the memory now instead of when the garbage collector finds out. */
  abstract dispose(): void

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** `x + 1`, `x > 0` and `${x}` on arrays are mistakes that would silently give strings or NaN. */
  [Symbol.toPrimitive](hint: string): never {
    return fail('coercion', {
      operation: hint === 'string' ? 'conversion to a string' : 'arithmetic or comparison with an operator',
      instead:
        hint === 'string'
          ? '`await x.jsAsync()` or `x.toString()` for printing'
          : 'the methods x.add(y), x.sub(y), x.mul(y), x.div(y), x.less(y), x.greater(y), x.equal(y), or `await x.itemAsync()` for a number',
    })
  }
}

/** Where the numbers of a concrete array are. */
export interface Storage {
  /** The name of the device, or null for one number repeated (`fill`), which is nowhere. */
  readonly device: string | null
  readonly fill: number | null
  read(aval: Aval): Promise<HostArray>
  readSync(aval: Aval): HostArray
  /** Called when the last array that shares this storage lets it go. */
  release(): void
}

/** Why a concrete array can no longer be used. */
export type GoneReason = 'donated' | 'disposed' | 'scope ended'

/** Told of every concrete array that is made, to free forgotten ones and to serve scope(). */
export type ArrayObserver = (array: ConcreteArray) => void
let observer: ArrayObserver = () => undefined
export const observeArrays = (next: ArrayObserver): void => {
  observer = next
}

/** An array with values. */
export class ConcreteArray extends NDArray {
  readonly aval: Aval
  readonly #storage: Storage
  #gone: GoneReason | null = null

  constructor(aval: Aval, storage: Storage) {
    super()
    this.aval = aval
    this.#storage = storage
    if (storage.fill === null) observer(this)
  }

  /** The storage, for the runtime; an error once the array is donated or disposed. */
  storage(operation: string): Storage {
    if (this.#gone !== null)
      return fail('disposedArray', { operation, aval: showAval(this.aval), reason: this.#gone })
    return this.#storage
  }

  get isDisposed(): boolean {
    return this.#gone !== null
  }

  /** The device that holds the values; null for a constant, which fits any. */
  get device(): string | null {
    return this.#storage.device
  }

  /** Ends this array's life; later uses give `reason`. */
  invalidate(reason: GoneReason): void {
    if (this.#gone !== null) return
    this.#gone = reason
    this.#storage.release()
  }

  override dispose(): void {
    this.invalidate('disposed')
  }
  override async data(): Promise<HostArray> {
    return this.storage('data').read(this.aval)
  }
  override dataSync(): HostArray {
    return this.storage('dataSync').readSync(this.aval)
  }
  override async jsAsync(): Promise<NestedNumbers> {
    return nest(await this.storage('jsAsync').read(this.aval), this.aval)
  }
  override js(): NestedNumbers {
    return nest(this.storage('js').readSync(this.aval), this.aval)
  }
  override async itemAsync(): Promise<number> {
    checkSingle('itemAsync', this.aval)
    return (await this.storage('itemAsync').read(this.aval))[0] ?? NaN
  }
  override item(): number {
    checkSingle('item', this.aval)
    return this.storage('item').readSync(this.aval)[0] ?? NaN
  }
  override toString(): string {
    return `NDArray ${showAval(this.aval)} on ${this.device ?? 'any device'}${this.#gone === null ? '' : ` (${this.#gone})`}`
  }
}

function checkSingle(operation: string, aval: Aval): void {
  if (aval.size !== 1)
    fail('shape', {
      operation,
      shapes: [aval.shape],
      expected: 'an array with exactly one element',
      fix: 'Use data() or jsAsync() for more.',
    })
}

function nest(data: HostArray, { shape, dtype }: Aval): NestedNumbers {
  let at = 0
  const build = (axis: number): NestedNumbers => {
    const n = shape[axis]
    if (n === undefined) {
      const value = data[at++] ?? NaN
      return dtype === 'bool' ? value !== 0 : value
    }
    return Array.from({ length: n }, () => build(axis + 1))
  }
  return build(0)
}

/** A value that stands for any array of its aval while a function is traced. */
export abstract class Tracer extends NDArray {
  /** What is tracing, for messages: `grad of loss`. */
  abstract readonly traceName: string
  /** The user's source line that made it, where that is recorded. */
  abstract readonly madeAt: string | null

  /** Reading a tracer is a mistake. */
  protected noValue(operation: string): never {
    return fail('concreteValue', {
      operation,
      aval: showAval(this.aval),
      trace: this.traceName,
      fix: 'Compute with array functions (np.where, lax.select) instead of reading the value, pass it as a static argument, or return it and read it outside.',
    })
  }
  override async data(): Promise<HostArray> {
    return this.noValue('data')
  }
  override dataSync(): HostArray {
    return this.noValue('dataSync')
  }
  override async jsAsync(): Promise<NestedNumbers> {
    return this.noValue('jsAsync')
  }
  override js(): NestedNumbers {
    return this.noValue('js')
  }
  override async itemAsync(): Promise<number> {
    return this.noValue('itemAsync')
  }
  override item(): number {
    return this.noValue('item')
  }
  /** A tracer owns no memory. */
  override dispose(): void {}
  override toString(): string {
    return `Tracer ${showAval(this.aval)} of ${this.traceName}`
  }
}
