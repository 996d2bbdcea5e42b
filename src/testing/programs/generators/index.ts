/**
 * The total table of generators: a primitive without one is a compile error here, so a new primitive inherits every law.
 */

import { defined } from '../../../core/errors.js'
import type { PrimitiveName, Signatures } from '../../../core/jaxpr.js'
import { primitiveNames } from '../../../core/primitives/index.js'
import { jvpRules } from '../../../transforms/jvp/index.js'
import { Pick, ProgramBuilder, type Bounds } from '../builder.js'
import type { Program } from '../program.js'
import type { Aval } from '../../../core/aval.js'
import type { FloatDType } from '../../../core/dtype.js'
import { callGenerators } from './call.js'
import { contraction } from './contraction.js'
import { control } from './control.js'
import { elementwise } from './elementwise.js'
import type { GeneratorTable } from './generator.js'
import { indexing } from './indexing.js'
import { movement } from './movement.js'
import { random } from './random.js'
import { reduction } from './reduction.js'
import { window } from './window.js'

export const generators: GeneratorTable<Signatures> = {
  ...elementwise,
  ...reduction,
  ...movement,
  ...indexing,
  ...contraction,
  ...window,
  ...random,
  ...control,
  ...callGenerators((b, name, pick) => generators[name].generate(b, pick)),
}

/**
 * Which primitives a program may use: all; those whose work does not depend on data; those with derivatives in both
 * modes; those whose derivative is the limit of differences.
 */
export type ProgramClass = 'any' | 'static' | 'reverse' | 'differentiable' | 'smooth'

const hasDerivative = (name: PrimitiveName): boolean => {
  const rule = jvpRules[name]
  return typeof rule === 'function' || rule.kind !== 'todo'
}
/** A customVjp has no forward mode, and customLinear is made from one. */
const isReverseOnly = (name: PrimitiveName): boolean => name === 'customVjp' || name === 'customLinear'

const accepts: { readonly [C in ProgramClass]: (name: PrimitiveName) => boolean } = {
  any: () => true,
  static: (name) => name !== 'while',
  reverse: (name) => hasDerivative(name) && !isForwardOnly(name),
  differentiable: (name) => hasDerivative(name) && !isReverseOnly(name) && !isForwardOnly(name),
  smooth: (name) =>
    hasDerivative(name) &&
    !isReverseOnly(name) &&
    !isForwardOnly(name) &&
    generators[name].differences === 'agree',
}

/** A while loop has no reverse mode. */
const isForwardOnly = (name: PrimitiveName): boolean => name === 'while'

/** The primitives of a class, simplest first: the order in which failing programs shrink. */
export function primitivesOf(programClass: ProgramClass): readonly PrimitiveName[] {
  const simple = Object.keys(generators) as PrimitiveName[]
  return simple.filter((name) => primitiveNames.includes(name) && accepts[programClass](name))
}

export interface Choice {
  readonly primitive: PrimitiveName
  readonly picks: readonly number[]
}

/** The program that these choices make; any list of choices makes one. */
export function buildProgram(
  float: FloatDType,
  inputs: readonly Aval[],
  choices: readonly Choice[],
  names: readonly PrimitiveName[],
): Program {
  const bounds: Bounds = { low: -2, high: 2 }
  const b = new ProgramBuilder(
    float,
    inputs.map((aval) => ({ aval, ...bounds })),
    names,
  )
  for (const { primitive, picks } of choices)
    defined(generators[primitive], primitive).generate(b, new Pick(picks))
  return b.finish()
}
