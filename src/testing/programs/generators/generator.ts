/**
 * What a primitive has to give to take part in random programs: a way to add itself, well-typed and away from its
 * kinks, to a program that is being built. The tables of generators are total over the primitives.
 */

import type { Pick, ProgramBuilder } from '../builder.js'

export interface Generator {
  /** Whether its derivative is what finite differences measure; not so for stopGradient and the like. */
  readonly differences: 'agree' | 'disagree'
  readonly generate: (b: ProgramBuilder, pick: Pick) => void
}

export type GeneratorTable<Sigs> = { readonly [P in keyof Sigs]: Generator }

export const smooth = (generate: Generator['generate']): Generator => ({ differences: 'agree', generate })
/** For primitives whose derivative is zero, or something else, by definition. */
export const rough = (generate: Generator['generate']): Generator => ({ differences: 'disagree', generate })
