/**
 * Checks a program: every buffer is written before it is read, every buffer's memory is not reused while its
 * value is still needed, and accesses stay in range. Run in tests and under the debug flag.
 */

import { invariant } from '../core/errors.js'
import { topological, type Expr, type Position } from './expr.js'
import { readsOf, rootsOf, writesOf, type Kernel, type Program, type Store } from './kernel.js'
import { boundsOf } from './position.js'
import { bufferNames, printKernel } from './print.js'

/** Throws an InvariantError naming the kernel where the program is not well formed. */
export function verifyProgram(program: Program): void {
  const name = bufferNames(program)
  const defined = new Set(program.inputs)
  /** Which buffer's value each place holds. */
  const holder = new Map<string, number>()
  const placeKey = (buffer: number): string => JSON.stringify(program.plan.places[buffer] ?? null)
  for (const buffer of program.inputs) holder.set(placeKey(buffer), buffer)
  const empty = (buffer: number): boolean => program.buffers[buffer]?.size === 0
  const visit = (kernel: Kernel): void => {
    if (kernel.kind === 'repeat' || kernel.kind === 'while') {
      // Twice: the second time finds what the first has overwritten.
      const inside = [...(kernel.kind === 'while' ? kernel.test : []), ...kernel.body]
      for (let round = 0; round < 2; round++) inside.forEach(visit)
      return
    }
    const where = (): string => printKernel(kernel, name).join('\n')
    for (const buffer of readsOf(kernel)) {
      invariant(
        empty(buffer) || defined.has(buffer),
        () => `${name(buffer)} is read before it is written in ${where()}`,
      )
      invariant(
        empty(buffer) || holder.get(placeKey(buffer)) === buffer,
        () => `the memory of ${name(buffer)} was reused before ${where()}`,
      )
    }
    for (const buffer of writesOf(kernel)) {
      defined.add(buffer)
      holder.set(placeKey(buffer), buffer)
    }
    checkRanges(program, kernel, where)
  }
  program.kernels.forEach(visit)
  for (const buffer of program.outputs) {
    invariant(
      empty(buffer) || (defined.has(buffer) && holder.get(placeKey(buffer)) === buffer),
      () => `output ${name(buffer)} has no value`,
    )
  }
  invariant(new Set(program.outputs).size === program.outputs.length, 'two outputs share a buffer')
}

function checkRanges(program: Program, kernel: Kernel, where: () => string): void {
  const check = (buffer: number, position: Position, what: string): void => {
    const { min, max } = boundsOf(position)
    const size = program.buffers[buffer]?.size ?? 0
    invariant(
      min >= 0 && max < size,
      () => `${what} of range [${min}, ${max}] in a buffer of ${size} in ${where()}`,
    )
  }
  const reached: Expr[] = topological(rootsOf(kernel))
  for (const expr of reached)
    if (expr.kind === 'load' && !expr.checked) check(expr.buffer, expr.position, 'a load')
  for (const store of storesOf(kernel)) check(store.buffer, store.position, 'a store')
  if (kernel.kind === 'scatter') check(kernel.target, kernel.position, 'an update')
}

function storesOf(kernel: Kernel): readonly Store[] {
  switch (kernel.kind) {
    case 'loop':
    case 'contraction':
      return kernel.stores
    case 'reduce':
      return [...kernel.rowStores, ...kernel.elementStores]
    default:
      return []
  }
}
