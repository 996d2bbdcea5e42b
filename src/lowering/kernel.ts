/**
 * Kernels and programs: what lowering gives and backends emit. A kernel walks a domain (a shape, its axes
 * numbered 0, 1, …) and computes expressions over it; a program is a list of kernels over numbered buffers.
 *
 * In place: a store may share memory with a buffer that the kernel reads at that very position and nowhere else.
 * So for each element (or row) all loads come before the stores, and nothing else is ever put into a store's
 * buffer, partial sums included.
 */

import type { DType } from '../core/dtype.js'
import type { Shape } from '../core/shape.js'
import { laneBytes, topological, type Expr, type Lane, type Position } from './expr.js'

/** Writes `value` to element `position` of a buffer. */
export interface Store {
  readonly buffer: number
  readonly position: Position
  readonly value: Expr
}

/** outputs[position(i)] = value(i) for every i of the domain, in any order. */
export interface LoopKernel {
  readonly kind: 'loop'
  readonly shape: Shape
  readonly stores: readonly Store[]
}

export type Combiner = 'sum' | 'prod' | 'max' | 'min' | 'and' | 'or' | 'argmax' | 'argmin'

/**
 * One reduction of `value` over the reduced axes. Later stages and the stores see it as result `index`.
 * For argmax and argmin the result is the i32 flat position among the reduced axes; `lane` is that of the result.
 */
export interface Reduction {
  readonly index: number
  readonly combiner: Combiner
  readonly value: Expr
  readonly lane: Lane
}

/**
 * For each row (a point of the kept axes): the stages in order, each a set of reductions over the reduced axes
 * in one pass; then `rowStores` once for each row, and `elementStores` for every element of the domain.
 * Values may use results of earlier stages of the same row.
 */
export interface ReduceKernel {
  readonly kind: 'reduce'
  readonly shape: Shape
  /** Which axes of the domain are reduced, increasing. */
  readonly reduced: readonly number[]
  readonly stages: readonly (readonly Reduction[])[]
  readonly rowStores: readonly Store[]
  readonly elementStores: readonly Store[]
}

/**
 * acc(b, m, n) = Σ_k lhs(b, m, k) · rhs(b, n, k); then the stores over (b, m, n), where result 0 is acc.
 * Axes: b = 0, m = 1, n = 2, k = 3. lhs does not vary with n, rhs not with m. Each is a load, or (convolutions)
 * select(test, checked load, 0).
 */
export interface ContractionKernel {
  readonly kind: 'contraction'
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** The axes that k runs over, row-major, where there are several: the kernel's window and features of a convolution. */
  readonly depth?: Shape
  readonly lhs: Expr
  readonly rhs: Expr
  readonly lane: Lane
  readonly stores: readonly Store[]
}

export type ScatterCombiner = 'set' | 'add' | 'mul' | 'min' | 'max'

/** target[position(i)] = combine(target[position(i)], value(i)) for every i of the domain where the guard holds. */
export interface ScatterKernel {
  readonly kind: 'scatter'
  readonly shape: Shape
  readonly target: number
  readonly position: Position
  readonly guard: Expr | null
  readonly value: Expr
  readonly combiner: ScatterCombiner
}

/** output[o, j, i] = combine of input[o, 0..j, i] (j..n-1 if reverse), over [outer, length, inner]. */
export interface CumulativeKernel {
  readonly kind: 'cumulative'
  readonly combiner: 'sum' | 'prod' | 'max' | 'min'
  readonly lane: Lane
  readonly outer: number
  readonly length: number
  readonly inner: number
  readonly reverse: boolean
  readonly input: number
  readonly output: number
}

/** Sorts [outer, length, inner] along the middle axis by the first `keys` operands, stably; NaN last, -0 = 0. */
export interface SortKernel {
  readonly kind: 'sort'
  readonly outer: number
  readonly length: number
  readonly inner: number
  readonly keys: number
  readonly lanes: readonly Lane[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

export type LeafKernel =
  | LoopKernel
  | ReduceKernel
  | ContractionKernel
  | ScatterKernel
  | CumulativeKernel
  | SortKernel

/** Buffers that belong to one iteration of a loop: those numbered firstLocal … endLocal - 1. */
interface Region {
  readonly body: readonly Kernel[]
  readonly firstLocal: number
  readonly endLocal: number
}

/** Runs the body `times` times, in order. */
export interface RepeatKernel extends Region {
  readonly kind: 'repeat'
  readonly times: number
}

/** Runs the test, and as long as it stored 1 in `predicate`, the body and the test again. */
export interface WhileKernel extends Region {
  readonly kind: 'while'
  readonly test: readonly Kernel[]
  readonly predicate: number
}

export type Kernel = LeafKernel | RepeatKernel | WhileKernel

/** Who owns a buffer: the caller's input, a result, or an intermediate of the program. */
export type BufferRole = 'input' | 'output' | 'temporary'

export interface BufferSpec {
  readonly id: number
  readonly role: BufferRole
  readonly dtype: DType
  readonly lane: Lane
  /** Elements. */
  readonly size: number
}

/** Where a buffer lies when the program runs. Buffers with equal places share memory. */
export type Place =
  | { readonly kind: 'input'; readonly input: number }
  | { readonly kind: 'output'; readonly output: number }
  /** Byte offset in the arena, and the number of the slot (a slot is one reusable allocation, for backends that bind whole buffers). */
  | { readonly kind: 'arena'; readonly offset: number; readonly slot: number }

/** Bytes of the arena, from `offset` to `end`, and when they are used; see Program.times. */
export interface Occupied {
  readonly offset: number
  readonly end: number
  readonly first: number
  readonly last: number
}

export interface MemoryPlan {
  /** One for each buffer. An output buffer with an input's place reuses that donated input. */
  readonly places: readonly Place[]
  readonly arenaBytes: number
  readonly slotBytes: readonly number[]
  /** The most bytes of intermediates alive at once: no plan can do with less. */
  readonly lowerBoundBytes: number
  /** What is in use when; a backend may lay the workspace of its kernels between. Absent: all of it, always. */
  readonly occupied?: readonly Occupied[]
}

export interface Program {
  readonly buffers: readonly BufferSpec[]
  /** The buffer of each jaxpr input. */
  readonly inputs: readonly number[]
  /** The buffer of each jaxpr output; all distinct, and none is an input buffer. */
  readonly outputs: readonly number[]
  readonly kernels: readonly Kernel[]
  readonly plan: MemoryPlan
  /** For each leaf kernel in order, its time in the plan: that of the outermost loop around it, if there is one. */
  readonly times?: readonly Pick<Occupied, 'first' | 'last'>[]
}

export const bufferBytes = (spec: BufferSpec): number => spec.size * laneBytes(spec.lane)

/** The expressions at the top of a kernel. */
export function rootsOf(kernel: Kernel): readonly Expr[] {
  switch (kernel.kind) {
    case 'loop':
      return kernel.stores.flatMap(storeRoots)
    case 'reduce':
      return [
        ...kernel.stages.flat().map((r) => r.value),
        ...[...kernel.rowStores, ...kernel.elementStores].flatMap(storeRoots),
      ]
    case 'contraction':
      return [kernel.lhs, kernel.rhs, ...kernel.stores.flatMap(storeRoots)]
    case 'scatter':
      return [
        ...(kernel.guard === null ? [] : [kernel.guard]),
        kernel.value,
        ...positionRoots(kernel.position),
      ]
    default:
      return []
  }
}

const storeRoots = (store: Store): Expr[] => [store.value, ...positionRoots(store.position)]
const positionRoots = (p: Position): Expr[] =>
  p.terms.flatMap(({ atom }) =>
    atom.kind === 'axis' ? [] : atom.kind === 'value' ? [atom.expr] : positionRoots(atom.of),
  )

const known = new WeakMap<Kernel, readonly Expr[]>()
/** All expressions of a kernel, operands before users. */
export function exprsOf(kernel: Kernel): readonly Expr[] {
  const found = known.get(kernel) ?? topological(rootsOf(kernel))
  known.set(kernel, found)
  return found
}

/** All kernels inside a loop. */
const insideOf = (kernel: RepeatKernel | WhileKernel): readonly Kernel[] =>
  kernel.kind === 'while' ? [...kernel.test, ...kernel.body] : kernel.body
/** The kernel itself, or those in a loop's body, those of inner loops included. */
export const leavesOf = (kernel: Kernel): readonly LeafKernel[] =>
  kernel.kind === 'repeat' || kernel.kind === 'while' ? insideOf(kernel).flatMap(leavesOf) : [kernel]
/** Whether a buffer outlives one iteration of the loop. */
export const isShared = ({ firstLocal, endLocal }: Region, buffer: number): boolean =>
  buffer < firstLocal || buffer >= endLocal

/** Buffers that a kernel reads. A scatter also reads its target; a loop what it shares with its surroundings. */
export function readsOf(kernel: Kernel): ReadonlySet<number> {
  if (kernel.kind === 'repeat' || kernel.kind === 'while') {
    const all = insideOf(kernel).flatMap((inner) => [...readsOf(inner)])
    const predicate = kernel.kind === 'while' ? [kernel.predicate] : []
    return new Set([...all.filter((buffer) => isShared(kernel, buffer)), ...predicate])
  }
  if (kernel.kind === 'cumulative') return new Set([kernel.input])
  if (kernel.kind === 'sort') return new Set(kernel.inputs)
  const reads = new Set<number>()
  for (const expr of exprsOf(kernel)) if (expr.kind === 'load') reads.add(expr.buffer)
  if (kernel.kind === 'scatter') reads.add(kernel.target)
  return reads
}

/** Buffers that a kernel writes. */
export function writesOf(kernel: Kernel): readonly number[] {
  switch (kernel.kind) {
    case 'loop':
    case 'contraction':
      return kernel.stores.map((s) => s.buffer)
    case 'reduce':
      return [...kernel.rowStores, ...kernel.elementStores].map((s) => s.buffer)
    case 'scatter':
      return [kernel.target]
    case 'cumulative':
      return [kernel.output]
    case 'sort':
      return kernel.outputs
    case 'repeat':
    case 'while': {
      const all = insideOf(kernel).flatMap((inner) => writesOf(inner))
      return [...new Set(all)].filter((buffer) => isShared(kernel, buffer))
    }
  }
}
