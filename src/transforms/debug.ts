/** The debug flag: with it, every jaxpr that a transformation makes is verified before it is used. */

import type { Jaxpr } from '../core/jaxpr.js'
import { verifyJaxpr } from '../core/verify.js'

let verifying = false

/** Turns the verification of every transformed program on or off; for tests and for hunting a bug of ours. */
export function setVerifyJaxprs(on: boolean): void {
  verifying = on
}

/** `jaxpr`, verified where the flag says so. */
export function checked(jaxpr: Jaxpr, stage: string): Jaxpr {
  if (verifying) verifyJaxpr(jaxpr, stage)
  return jaxpr
}
