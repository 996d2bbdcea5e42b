/**
 * The plainest possible meaning of kernels: every point of the domain in row-major order, every expression
 * evaluated as a JS number rounded to its lane. A kernel and its buffers → the buffers it writes. Backends are
 * tested against it; it is written for clarity alone.
 */

import { sizeOf, stridesOf, type Shape } from '../../src/core/shape.js'
import type { Expr, Lane, LoadExpr, Position } from '../../src/lowering/expr.js'
import type {
  ContractionKernel,
  CumulativeKernel,
  Kernel,
  Place,
  Program,
  Reduction,
  ReduceKernel,
  ScatterKernel,
  SortKernel,
  Store,
} from '../../src/lowering/kernel.js'
import { arithmetic, bitcast, cast, isFloat, roundToLane, type LaneArray } from './laneArithmetic.js'

function laneView(lane: Lane, memory: ArrayBuffer, length: number): LaneArray {
  if (lane === 'f32') return new Float32Array(memory, 0, length)
  if (lane === 'f64') return new Float64Array(memory, 0, length)
  return lane === 'i32' ? new Int32Array(memory, 0, length) : new Uint32Array(memory, 0, length)
}

/** Buffers by number. */
export type Buffers = readonly LaneArray[]

/** One point of a kernel's domain. */
interface Point {
  readonly buffers: Buffers
  readonly axes: readonly number[]
  readonly results: readonly number[]
  /** The values that expressions have there; made with the first of them, since most points need none. */
  known: Map<Expr, number> | null
}

const pointAt = (buffers: Buffers, axes: readonly number[], results: readonly number[] = []): Point => ({
  buffers,
  axes,
  results,
  known: null,
})

function positionValue(p: Position, at: Point): number {
  let sum = p.constant
  for (const { atom, factor } of p.terms) {
    switch (atom.kind) {
      case 'axis':
        sum += factor * (at.axes[atom.axis] ?? 0)
        break
      case 'value':
        sum += factor * evaluate(atom.expr, at)
        break
      case 'quotient':
        sum += factor * Math.floor(positionValue(atom.of, at) / atom.by)
        break
      case 'remainder': {
        const x = positionValue(atom.of, at)
        sum += factor * (x - atom.by * Math.floor(x / atom.by))
        break
      }
    }
  }
  return sum
}

/** Checked loads outside the buffer give a value that would be seen if it were used. */
function loadValue(expr: LoadExpr, at: Point): number {
  const position = positionValue(expr.position, at)
  const value = at.buffers[expr.buffer]?.[position]
  if (value !== undefined) return value
  if (!expr.checked) throw new RangeError(`load of element ${position} of buffer ${expr.buffer}`)
  return expr.lane === 'f32' || expr.lane === 'f64' ? NaN : 1
}

function compute(expr: Expr, at: Point): number {
  switch (expr.kind) {
    case 'const':
      return expr.value
    case 'load':
      return loadValue(expr, at)
    case 'position':
      return positionValue(expr.position, at) | 0
    case 'result':
      return at.results[expr.index] ?? NaN
    case 'cast':
      return cast(evaluate(expr.arg, at), expr.arg.lane, expr.lane)
    case 'bitcast':
      return bitcast(evaluate(expr.arg, at), expr.arg.lane, expr.lane)
    case 'alu':
      return roundToLane(
        expr.lane,
        arithmetic(
          expr.name,
          expr.lane,
          expr.args.map((arg) => evaluate(arg, at)),
        ),
      )
  }
}

/** The value of an expression at a point. */
function evaluate(expr: Expr, at: Point): number {
  if (expr.kind === 'const' || expr.kind === 'load' || expr.kind === 'result') return compute(expr, at)
  const known = at.known?.get(expr)
  if (known !== undefined) return known
  const value = compute(expr, at)
  at.known ??= new Map()
  at.known.set(expr, value)
  return value
}

/** The coordinates of every point, in row-major order, counted from `origin`. */
function* pointsOf(shape: Shape, origin: readonly number[] = []): Generator<number[]> {
  const strides = stridesOf(shape)
  const size = sizeOf(shape)
  for (let flat = 0; flat < size; flat++)
    yield shape.map((n, i) => (Math.floor(flat / (strides[i] ?? 1)) % n) + (origin[i] ?? 0))
}

function doStores(stores: readonly Store[], at: Point): void {
  const values = stores.map((s) => evaluate(s.value, at))
  stores.forEach((s, i) => {
    const target = at.buffers[s.buffer]
    const position = positionValue(s.position, at)
    if (target === undefined || position < 0 || position >= target.length)
      throw new RangeError(`store to element ${position} of buffer ${s.buffer}`)
    target[position] = values[i] ?? NaN
  })
}

/** The reduction of values, floats in float64. */
function reduceValues(reduction: Reduction, values: readonly number[]): number {
  const extreme = (better: (a: number, b: number) => boolean): number =>
    values.reduce((best, x, i) => {
      const current = values[best] ?? NaN
      return (Number.isNaN(x) && !Number.isNaN(current)) || better(x, current) ? i : best
    }, 0)
  const bits = reduction.lane === 'bool' ? 1 : -1
  switch (reduction.combiner) {
    case 'sum':
      return values.reduce((a, b) => a + b, 0)
    case 'prod':
      return values.reduce((a, b) => (isFloat(reduction.lane) ? a * b : Math.imul(a, b)), 1)
    case 'max':
      return values.length === 0 ? lowest(reduction.lane) : values.reduce((a, b) => Math.max(a, b))
    case 'min':
      return values.length === 0 ? highest(reduction.lane) : values.reduce((a, b) => Math.min(a, b))
    case 'and':
      return values.reduce((a, b) => a & b, bits)
    case 'or':
      return values.reduce((a, b) => a | b, 0)
    case 'argmax':
      return extreme((a, b) => a > b)
    case 'argmin':
      return extreme((a, b) => a < b)
  }
}

const lowest = (lane: Lane): number => (isFloat(lane) ? -Infinity : lane === 'i32' ? -(2 ** 31) : 0)
const highest = (lane: Lane): number =>
  isFloat(lane) ? Infinity : lane === 'i32' ? 2 ** 31 - 1 : lane === 'u32' ? 2 ** 32 - 1 : 1

function reduceKernel(kernel: ReduceKernel, buffers: Buffers): void {
  const keptShape = kernel.shape.map((n, i) => (kernel.reduced.includes(i) ? 1 : n))
  const reducedShape = kernel.shape.map((n, i) => (kernel.reduced.includes(i) ? n : 1))
  for (const row of pointsOf(keptShape)) {
    const elements = [...pointsOf(reducedShape, row)]
    const results: number[] = []
    for (const stage of kernel.stages) {
      const made = stage.map((r) =>
        roundToLane(
          r.lane,
          reduceValues(
            r,
            elements.map((e) => evaluate(r.value, pointAt(buffers, e, results))),
          ),
        ),
      )
      stage.forEach((r, i) => (results[r.index] = made[i] ?? NaN))
    }
    doStores(kernel.rowStores, pointAt(buffers, row, results))
    for (const element of elements) doStores(kernel.elementStores, pointAt(buffers, element, results))
  }
}

function contractionKernel(kernel: ContractionKernel, buffers: Buffers): void {
  for (const [b = 0, m = 0, n = 0] of pointsOf([kernel.batch, kernel.m, kernel.n])) {
    let sum = 0
    for (let k = 0; k < kernel.k; k++) {
      const at = pointAt(buffers, [b, m, n, k])
      const [x, y] = [evaluate(kernel.lhs, at), evaluate(kernel.rhs, at)]
      sum = isFloat(kernel.lane) ? sum + x * y : (sum + Math.imul(x, y)) | 0
    }
    doStores(kernel.stores, pointAt(buffers, [b, m, n], [roundToLane(kernel.lane, sum)]))
  }
}

function scatterKernel(kernel: ScatterKernel, buffers: Buffers): void {
  const target = buffers[kernel.target]
  const lane = kernel.value.lane
  if (target === undefined) throw new RangeError('scatter without a target')
  for (const axes of pointsOf(kernel.shape)) {
    const at = pointAt(buffers, axes)
    if (kernel.guard !== null && evaluate(kernel.guard, at) === 0) continue
    const position = positionValue(kernel.position, at)
    const old = target[position]
    if (old === undefined) throw new RangeError(`scatter to element ${position}`)
    const value = evaluate(kernel.value, at)
    target[position] =
      kernel.combiner === 'set' ? value : roundToLane(lane, arithmetic(kernel.combiner, lane, [old, value]))
  }
}

function cumulativeKernel(kernel: CumulativeKernel, buffers: Buffers): void {
  const { outer, length, inner, lane } = kernel
  const [input, output] = [buffers[kernel.input], buffers[kernel.output]]
  if (input === undefined || output === undefined) throw new RangeError('cumulative kernel without buffers')
  const name = ({ sum: 'add', prod: 'mul', max: 'max', min: 'min' } as const)[kernel.combiner]
  for (const [o = 0, i = 0] of pointsOf([outer, inner])) {
    let total = NaN
    for (let step = 0; step < length; step++) {
      const j = kernel.reverse ? length - 1 - step : step
      const at = (o * length + j) * inner + i
      const x = input[at] ?? NaN
      total = step === 0 ? x : arithmetic(name, lane, [total, x])
      output[at] = roundToLane(lane, total)
    }
  }
}

function sortKernel(kernel: SortKernel, buffers: Buffers): void {
  const { outer, length, inner } = kernel
  const inputs = kernel.inputs.map((id) => Array.from(buffers[id] ?? []))
  const order = (a: number, b: number): number => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return a < b ? -1 : a > b ? 1 : 0
  }
  for (const [o = 0, i = 0] of pointsOf([outer, inner])) {
    const line = Array.from({ length }, (_, j) => (o * length + j) * inner + i)
    const sorted = [...line].sort((a, b) => {
      for (const keys of inputs.slice(0, kernel.keys)) {
        const result = order(keys[a] ?? NaN, keys[b] ?? NaN)
        if (result !== 0) return result
      }
      return 0
    })
    kernel.outputs.forEach((id, operand) => {
      line.forEach((to, j) => {
        const output = buffers[id]
        if (output !== undefined) output[to] = inputs[operand]?.[sorted[j] ?? 0] ?? NaN
      })
    })
  }
}

/** Runs a kernel on buffers, in place. */
export function interpretKernel(kernel: Kernel, buffers: Buffers): void {
  switch (kernel.kind) {
    case 'loop':
      for (const axes of pointsOf(kernel.shape)) doStores(kernel.stores, pointAt(buffers, axes))
      return
    case 'reduce':
      return reduceKernel(kernel, buffers)
    case 'contraction':
      return contractionKernel(kernel, buffers)
    case 'scatter':
      return scatterKernel(kernel, buffers)
    case 'cumulative':
      return cumulativeKernel(kernel, buffers)
    case 'sort':
      return sortKernel(kernel, buffers)
    case 'repeat':
      for (let i = 0; i < kernel.times; i++) for (const inner of kernel.body) interpretKernel(inner, buffers)
      return
    case 'while':
      for (;;) {
        for (const inner of kernel.test) interpretKernel(inner, buffers)
        if (buffers[kernel.predicate]?.[0] !== 1) return
        for (const inner of kernel.body) interpretKernel(inner, buffers)
      }
  }
}

/** Bytes of one element in the interpreter's memory. */
const bytesOf = (lane: Lane): number => (lane === 'f64' ? 8 : 4)

/** Where a buffer lies, as a key: buffers with equal keys share memory, as the plan wants it. */
function memoryKey(place: Place | undefined): string {
  if (place === undefined) return 'nowhere'
  return place.kind === 'arena' ? `slot ${place.slot}` : JSON.stringify(place)
}

/** Runs a whole program in the memory that its plan gives it; gives the outputs. */
export function interpretProgram(program: Program, inputs: readonly LaneArray[]): LaneArray[] {
  const keys = program.buffers.map((spec) => memoryKey(program.plan.places[spec.id]))
  const bytes = new Map<string, number>()
  program.buffers.forEach((spec, i) => {
    const key = keys[i] ?? ''
    bytes.set(key, Math.max(bytes.get(key) ?? 0, Math.ceil((spec.size * bytesOf(spec.lane)) / 8) * 8))
  })
  const memory = new Map([...bytes].map(([key, size]) => [key, new ArrayBuffer(size)]))
  const buffers = program.buffers.map((spec, i) =>
    laneView(spec.lane, memory.get(keys[i] ?? '') ?? new ArrayBuffer(0), spec.size),
  )
  program.inputs.forEach((id, i) => {
    const given = inputs[i]
    if (given !== undefined) buffers[id]?.set(given)
  })
  for (const kernel of program.kernels) interpretKernel(kernel, buffers)
  return program.outputs.map((id) => (buffers[id] ?? new Float32Array(0)).slice())
}
