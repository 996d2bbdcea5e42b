/**
 * argmax and argmin of long rows, block by block: each lane remembers where its best block starts. In the end the
 * first of these blocks, and no other, is looked through for the position.
 */

import type { Expr, ExprBuilder } from '../expr.js'
import type { Reduction } from '../kernel.js'
import {
  blockResult,
  compute,
  extremeOf,
  firstOf,
  positionIf,
  takeBlock,
  takeFound,
  type Best,
} from './argExtreme.js'
import {
  add,
  get,
  i32,
  op,
  set,
  shuffleWords,
  when,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { beats, ruleOf } from './combiners.js'
import { rangeLoop, reductionVectors } from './reductionNest.js'
import { blockSteps, laneResults, start, step, type Running } from './running.js'
import { scalarType } from './scalarAlu.js'
import type { Scope } from './scope.js'
import { extract, splat } from './vectorAlu.js'

/** The first of two results that stand for a candidate. */
const candidateResult = 3001

/** A stretch of the last axis in whole blocks, in which vectors are `parts` side by side. */
interface Stretch {
  readonly axis: number
  readonly from: Instruction
  readonly to: Instruction
  /** Elements of a block. */
  readonly block: number
  readonly parts: number
  /** The values of streams that are walked at once, each so many elements further on than `from`. */
  readonly streams: readonly { readonly value: Expr; readonly shift: number }[]
  /** The position of the value of `best`. */
  readonly flat: Expr
}

/** For each lane of a stream, the best extreme of a block and where the first such block starts. */
interface Candidate {
  readonly value: Local
  readonly start: Local
}

/** Chooses between two values in each lane. */
const better = (scope: Scope, { value, combiner }: Reduction, x: Instruction, y: Instruction): Instruction =>
  compute(scope, value.lane, [x, y], true, (b, [s, t]) =>
    b.alu('select', beats(b, combiner === 'argmax', s as Expr, t as Expr), s as Expr, t as Expr),
  )

/** Walks the blocks and keeps for each lane where its best one starts: no block is looked at twice yet. */
function bestBlocks(scope: Scope, reduction: Reduction, stretch: Stretch): readonly Candidate[] {
  const { axis, from, to, block, parts, streams } = stretch
  const { lane } = reduction.value
  const candidates = streams.map(({ shift }): Candidate => {
    const value = scope.fn.local('v128', 'best')
    const start = scope.fn.local('v128', 'start')
    scope.push(
      set(value, scope.uniform(lane, ruleOf(reduction).start[0] ?? 0)),
      set(start, splat('i32', add(from, i32(shift)))),
    )
    return { value, start }
  })
  const at = scope.fn.local('i32', 'block')
  const turn = scope.child()
  const end = turn.temp('i32', add(get(at), i32(block)))
  const extremes = streams.map(() => start(turn, extremeOf(reduction), parts, true, false))
  const vector = { parts, count: 4 * parts }
  rangeLoop(
    turn,
    axis,
    get(at),
    end,
    4 * parts,
    0,
    vector,
    () => [],
    (inner) =>
      streams.forEach(({ value }, i) => step(inner, extremes[i] as Running, { value, flat: stretch.flat })),
  )
  candidates.forEach((candidate, i) => {
    const found = turn.temp('v128', laneResults(turn, extremes[i] as Running))
    const mask = compute(turn, lane, [found, get(candidate.value)], true, (b, [x, y]) =>
      beats(b, reduction.combiner === 'argmax', x as Expr, y as Expr),
    )
    const takes = turn.temp('v128', mask)
    const start = splat('i32', add(get(at), i32(streams[i]?.shift ?? 0)))
    turn.push(
      set(candidate.value, op('v128.bitselect', found, get(candidate.value), takes)),
      set(candidate.start, op('v128.bitselect', start, get(candidate.start), takes)),
    )
  })
  scope.push(...countedLoop(at, from, to, block, turn.statements, true))
  return candidates
}

/** One number of all lanes, by an operation on two vectors. */
function acrossLanes(
  scope: Scope,
  lane: Expr['lane'],
  vector: Instruction,
  both: typeof keepFirst,
): Instruction {
  let merged = vector
  for (const words of [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ] as const) {
    const held = scope.temp('v128', merged)
    merged = both(held, shuffleWords(held, held, words))
  }
  return scope.temp(scalarType(lane), extract(lane, 0, merged))
}
const keepFirst = (x: Instruction, _: Instruction): Instruction => x

/** Takes whole blocks into `best`: in the end, one block is looked through. */
function takeStretch(scope: Scope, b: ExprBuilder, best: Best, stretch: Stretch): void {
  const { reduction } = best
  const { lane } = reduction.value
  const candidates = bestBlocks(scope, reduction, stretch)
  const values = candidates.map(({ value }) => get(value))
  const merged = values.reduce((x, y) => scope.temp('v128', better(scope, reduction, x, y)))
  const found = acrossLanes(scope, lane, merged, (x, y) => better(scope, reduction, x, y))
  const search = scope.child().bindResult(blockResult, { vector: false, parts: [found] })
  const starts = candidates.map(({ value, start }) => {
    const held = search.inline().bindResult(candidateResult, { vector: true, parts: [get(value)] })
    held.bindResult(candidateResult + 1, { vector: true, parts: [get(start)] })
    const [first] = held.vectors(
      positionIf(b, b.result(candidateResult, lane), b.result(candidateResult + 1, 'i32')),
    )
    return search.temp('v128', first as Instruction)
  })
  const least = (x: Instruction, y: Instruction): Instruction => op('i32x4.min_s', x, y)
  const from = acrossLanes(search, 'i32', starts.reduce(least), least)
  const parts = 4
  const where = start(search, firstOf(b), parts, true, false)
  const to = search.temp('i32', add(from, i32(stretch.block)))
  const vector = { parts, count: 4 * parts }
  rangeLoop(
    search,
    stretch.axis,
    from,
    to,
    4 * parts,
    0,
    vector,
    () => [],
    (inner) =>
      step(inner, where, { value: positionIf(b, reduction.value, stretch.flat), flat: stretch.flat }),
  )
  takeFound(search, best, found, where)
  const isWorse = compute(scope, lane, [get(best.value), found], false, (rules, [x, y]) =>
    beats(rules, reduction.combiner === 'argmax', x as Expr, y as Expr),
  )
  scope.push(when(op('i32.eqz', isWorse), search.statements))
}

/** Elements of a block of one line. */
const blockOf = (elements: number): number => (elements >= 4096 ? 512 : 256)

/** Takes the elements `from` to `size` of the last axis, where `value` and `flat` are those of `best`. */
export function takeLine(
  scope: Scope,
  b: ExprBuilder,
  best: Best,
  line: { readonly axis: number; readonly from: number; readonly size: number; readonly flat: Expr },
): void {
  const { axis, from, size, flat } = line
  const { value } = best.reduction
  const block = blockOf(size - from)
  const blocks = Math.floor((size - from) / block)
  const rest = from + (blocks > 1 ? blocks * block : 0)
  const parts = 4
  if (rest > from) {
    const streams = [{ value, shift: 0 }]
    takeStretch(scope, b, best, { axis, from: i32(from), to: i32(rest), block, parts, streams, flat })
  }
  if (rest === size) return
  const walk = { parts, block: 0, flush: () => [] }
  takeBlock(scope, b, best, parts, (at, visit) =>
    reductionVectors(at, axis, rest, size, walk, (inner, masked) => visit(inner, { value, flat, masked })),
  )
}

/** Takes streams of whole blocks of `4 · blockSteps` elements, from `from` to `to` and as far from each other. */
export function takeStreams(
  scope: Scope,
  b: ExprBuilder,
  best: Best,
  stretch: Pick<Stretch, 'axis' | 'from' | 'to' | 'streams' | 'flat'>,
): void {
  takeStretch(scope, b, best, { ...stretch, block: 4 * blockSteps, parts: 1 })
}
