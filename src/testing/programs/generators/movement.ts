/**
 * Movement primitives in random programs.
 */

import type { MovementSigs } from '../../../core/primitives/movement.js'
import { inserted, range, sizeOf, type Shape } from '../../../core/shape.js'
import type { Kind, Pick, ProgramBuilder, Value } from '../builder.js'
import { smooth, type GeneratorTable } from './generator.js'

const everyKind: readonly Kind[] = ['float', 'int', 'bool', 'uint']
const anything = (b: ProgramBuilder, pick: Pick, rank = 0): Value => b.any(pick, pick.kind(everyKind), rank)
/** Arrays grow no further than this. */
const largest = 96

function broadcast(b: ProgramBuilder, pick: Pick): void {
  const x = anything(b, pick)
  let shape: number[] = x.aval.shape.map((n) => (n === 1 && pick.flag() ? 2 + pick.next(2) : n))
  let dimensions = range(shape.length)
  for (let i = 0; i < 1 + pick.next(2) && sizeOf(shape) * 2 <= largest && shape.length < 4; i++) {
    const at = pick.next(shape.length + 1)
    shape = inserted(shape, at, 1 + pick.next(3))
    dimensions = dimensions.map((d) => (d >= at ? d + 1 : d))
  }
  b.emit('broadcastInDim', [x], { shape, broadcastDimensions: dimensions }, x.low, x.high)
}

/** Another shape with as many elements. */
function refactored(pick: Pick, shape: Shape): number[] {
  const primes = shape.flatMap(primeFactors)
  const result: number[] = []
  for (const p of pick.shuffle(primes)) {
    const at = pick.next(result.length + 1)
    if (at === result.length) result.push(p)
    else result[at] = (result[at] ?? 1) * p
  }
  return pick.flag() ? inserted(result, pick.next(result.length + 1), 1) : result
}
function primeFactors(n: number): number[] {
  const found: number[] = []
  let rest = n
  for (let p = 2; rest > 1; p++) {
    while (rest % p === 0) {
      found.push(p)
      rest /= p
    }
  }
  return found
}

function sliced(b: ProgramBuilder, pick: Pick): void {
  const x = anything(b, pick, 1)
  const start = x.aval.shape.map((n) => pick.next(n))
  const limit = x.aval.shape.map((n, i) => (start[i] ?? 0) + 1 + pick.next(n - (start[i] ?? 0)))
  const strides = x.aval.shape.map(() => 1 + pick.next(2))
  b.emit('slice', [x], { start, limit, strides }, x.low, x.high)
}

/** Padding that leaves at least one element; negative at either end, and between elements. */
function padded(b: ProgramBuilder, pick: Pick): void {
  const x = anything(b, pick)
  const config = x.aval.shape.map((n) => {
    const interior = sizeOf(x.aval.shape) > 32 ? 0 : pick.next(2)
    const full = n + (n - 1) * interior
    const low = pick.next(4) - 1
    const high = pick.next(3) - 1
    return full + low + high >= 1 ? { low, high, interior } : { low: 0, high: 1, interior }
  })
  const value =
    x.aval.dtype === b.float
      ? b.tamed(b.shaped(pick, 'float', []))
      : b.fill(x.aval.dtype === 'bool' ? 1 : 3, [], x.aval.dtype)
  b.emit('pad', [x, value], { config }, Math.min(x.low, value.low), Math.max(x.high, value.high))
}

function joined(b: ProgramBuilder, pick: Pick): void {
  const x = anything(b, pick, 1)
  const kind = everyKind.find((k) => b.dtypeOf(k) === x.aval.dtype) ?? 'float'
  const dimension = pick.next(x.aval.shape.length)
  const others = range(pick.next(3)).map(() => {
    const n = 1 + pick.next(3)
    return b.shaped(
      pick,
      kind,
      x.aval.shape.map((d, i) => (i === dimension ? n : d)),
    )
  })
  const all = pick.flag() ? [x, ...others] : [...others, x]
  b.emit(
    'concatenate',
    all,
    { dimension },
    Math.min(...all.map((v) => v.low)),
    Math.max(...all.map((v) => v.high)),
  )
}

export const movement: GeneratorTable<MovementSigs> = {
  broadcastInDim: smooth(broadcast),
  reshape: smooth((b, pick) => {
    const x = anything(b, pick)
    b.emit('reshape', [x], { shape: refactored(pick, x.aval.shape) }, x.low, x.high)
  }),
  transpose: smooth((b, pick) => {
    const x = anything(b, pick, 1)
    b.emit('transpose', [x], { permutation: pick.shuffle(range(x.aval.shape.length)) }, x.low, x.high)
  }),
  slice: smooth(sliced),
  pad: smooth(padded),
  concatenate: smooth(joined),
  reverse: smooth((b, pick) => {
    const x = anything(b, pick, 1)
    b.emit('reverse', [x], { dimensions: pick.subset(range(x.aval.shape.length)) }, x.low, x.high)
  }),
  iota: smooth((b, pick) => {
    const shape = pick.from(b.shapes(1))
    const dimension = pick.next(shape.length)
    const dtype = pick.from([b.float, 'int32', 'uint32'] as const)
    b.emit('iota', [], { dtype, shape, dimension }, 0, (shape[dimension] ?? 1) - 1)
  }),
}
