/**
 * Panels of operands that lie in memory as matrices do: [depth, width] for so many lines (rows or columns) at a time.
 * Their copying depends on strides alone, which are parameters: one function for all products of a module.
 */

import { interleave, join } from './address.js'
import {
  add,
  get,
  i32,
  load,
  op,
  scale,
  set,
  shuffleWords,
  store,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, integerFunction } from './assembler/module.js'
import type { ModuleContext } from './context.js'

export const advance = (p: Local, bytes: number): Instruction => set(p, add(get(p), i32(bytes)))

type Hold = (type: 'v128', value: Instruction) => Instruction

/** Four vectors as columns. */
export function transposed(hold: Hold, rows: readonly Instruction[]): Instruction[] {
  const [a, b, c, d] = rows.map((row) => hold('v128', row)) as [
    Instruction,
    Instruction,
    Instruction,
    Instruction,
  ]
  return interleave.flatMap((halves) => {
    const [x, y] = [hold('v128', shuffleWords(a, b, halves)), hold('v128', shuffleWords(c, d, halves))]
    return join.map((words) => shuffleWords(x, y, words))
  })
}

/**
 * The module's function (from, stride, count, steps, to, width), for elements that are adjacent along the depth: four
 * steps of four lines at a time, transposed in registers. Lines are `stride` bytes apart, and beyond `count` the last one
 * is repeated; `width` is that of the panel in bytes.
 */
export const packAlongDepth = (module: ModuleContext): FunctionReference =>
  module.shared('packDepth', () => {
    const names = ['from', 'stride', 'count', 'steps', 'to', 'width'] as const
    const { fn, parameters } = integerFunction('packDepth', names)
    const [from, stride, count, steps, to, width] = parameters
    const lines = [from, ...[1, 2, 3].map((r) => fn.local('i32', `line${r}`))]
    const [at, stop] = [fn.local('i32', 'at'), fn.local('i32', 'stop')]
    const nextStep = set(to, add(get(to), get(width)))
    const four: Instruction[] = []
    const hold: Hold = (type, value) => {
      const local = fn.local(type, 'v')
      four.push(set(local, value))
      return get(local)
    }
    const rows = lines.map((line) => load('v128.load', add(get(line), get(at))))
    for (const column of transposed(hold, rows)) four.push(store('v128.store', get(to), column), nextStep)
    const one = lines.map((line, r) =>
      store('i32.store', get(to), load('i32.load', add(get(line), get(at))), 4 * r),
    )
    lines.slice(1).forEach((line, r) => {
      const before = get(lines[r] as Local)
      const next = op('i32.add', before, get(stride))
      fn.body.push(set(line, op('select', next, before, op('i32.gt_s', get(count), i32(r + 1)))))
    })
    fn.body.push(
      set(stop, scale(get(steps), 4)),
      ...countedLoop(at, i32(0), op('i32.sub', get(stop), i32(12)), 16, four, false),
      ...countedLoop(at, get(at), get(stop), 4, [...one, nextStep], false),
    )
    return module.builder.define(fn)
  })

/**
 * The module's function (from, stride, steps, to), for elements that are adjacent along the lines: all lines of a step at
 * a time. Steps are `stride` bytes apart.
 */
export function packAlongLines(module: ModuleContext, width: number): FunctionReference {
  const name = `packLines${width}`
  return module.shared(name, () => {
    const { fn, parameters } = integerFunction(name, ['from', 'stride', 'steps', 'to'])
    const [from, stride, steps, to] = parameters
    const end = fn.local('i32', 'end')
    const copies = Array.from({ length: width / 4 }, (_, u) =>
      store('v128.store', get(to), load('v128.load', get(from), 16 * u), 16 * u),
    )
    fn.body.push(
      set(end, add(get(to), scale(get(steps), 4 * width))),
      ...countedLoop(
        to,
        get(to),
        get(end),
        4 * width,
        [...copies, set(from, add(get(from), get(stride)))],
        false,
      ),
    )
    return module.builder.define(fn)
  })
}
