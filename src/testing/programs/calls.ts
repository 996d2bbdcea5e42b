/**
 * How a program calls another one through each call primitive: by the public transformation that makes it.
 * Custom rules are the true derivatives, so that every law holds for them too.
 */

import type { NDArray } from '../../core/ndarray.js'
import type { CallSigs } from '../../core/primitives/call.js'
import { checkpoint, customJvp, customVjp, jit, jvp, vjp } from '../../transforms/index.js'

export type CallName = keyof CallSigs<never>
type Flat = (...xs: readonly NDArray[]) => NDArray[]

function withJvpRule(f: Flat): Flat {
  const custom = customJvp(f)
  custom.defjvp((primals, tangents) => {
    const [y, dy] = jvp(f, [...primals], [...tangents])
    return [[...y], [...dy]]
  })
  return (...xs) => [...custom(...xs)]
}

function withVjpRule(f: Flat): Flat {
  const custom = customVjp(f)
  custom.defvjp(
    (...xs) => [f(...xs), xs],
    (xs, ct) => vjp(f, [...xs])[1](ct),
  )
  return (...xs) => [...custom(...xs)]
}

const calls: { readonly [P in CallName]: (f: Flat) => Flat } = {
  jit: (f) => jit(f),
  checkpoint: (f) => checkpoint(f),
  customJvp: withJvpRule,
  customVjp: withVjpRule,
  // The linear map arises where a customVjp is differentiated.
  customLinear: withVjpRule,
}

/** `f` behind a call primitive. */
export const callStep = (name: CallName, f: Flat): Flat => calls[name](f)
