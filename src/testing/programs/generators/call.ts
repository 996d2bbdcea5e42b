/**
 * Call primitives in random programs: each calls a small random program of its own.
 */

import type { CallName } from '../calls.js'
import { ProgramBuilder, type Pick } from '../builder.js'
import { smooth, type Generator, type GeneratorTable } from './generator.js'
import type { CallSigs } from '../../../core/primitives/call.js'

/** Adds one random step; the table of all generators, which call bodies are made of, is given by its owner. */
export type AddStep = (b: ProgramBuilder, name: ProgramBuilder['names'][number], pick: Pick) => void

const deepest = 2

/** A step that calls a body of one to three steps on one or two floats. */
function callOf(name: CallName, addStep: AddStep): Generator {
  return smooth((b, pick) => {
    const first = b.any(pick, 'float')
    const operands = pick.flag() ? [first, b.any(pick, 'float')] : [first]
    const names = b.depth + 1 < deepest ? b.names : b.names.filter((n) => !callNames.has(n))
    const body = new ProgramBuilder(b.float, operands, names, b.depth + 1)
    const steps = names.length === 0 ? 0 : 1 + pick.next(3)
    for (let i = 0; i < steps; i++) addStep(body, pick.from(names), pick)
    const program = body.finish()
    const bounds = program.outputs.map((index) => body.boundsOf(index))
    b.emitAll(
      name,
      operands,
      { program },
      bounds,
      program.outputs.map((index) => body.avalOf(index)),
    )
  })
}

const callNames: ReadonlySet<string> = new Set<CallName>([
  'jit',
  'checkpoint',
  'customJvp',
  'customVjp',
  'customLinear',
])

export const callGenerators = (addStep: AddStep): GeneratorTable<CallSigs<never>> => ({
  jit: callOf('jit', addStep),
  checkpoint: callOf('checkpoint', addStep),
  customJvp: callOf('customJvp', addStep),
  customVjp: callOf('customVjp', addStep),
  customLinear: callOf('customLinear', addStep),
})
