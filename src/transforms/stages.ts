/** The hook through which the composition root adds what lowering knows of a program: passes, kernels, code. */

import type { Jaxpr } from '../core/jaxpr.js'

/** Stages as text, by name. */
export type Stages = Readonly<Record<string, string>>
export type StagesOf = (jaxpr: Jaxpr, donated: readonly boolean[]) => Stages

let installed: StagesOf = () => ({})

/** Called once by the composition root. */
export function installStages(stagesOf: StagesOf): void {
  installed = stagesOf
}
export const stagesOf: StagesOf = (jaxpr, donated) => installed(jaxpr, donated)
