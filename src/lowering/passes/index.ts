/**
 * The passes over a jaxpr, in order. Each is a function from a jaxpr to an equivalent one.
 */

import { dceJaxpr } from '../../core/dce.js'
import { makeEquation, type Jaxpr, type PrimitiveName } from '../../core/jaxpr.js'
import { verifyJaxpr } from '../../core/verify.js'
import { rewriteJaxpr } from './rewriter.js'
import { selectBranches } from './selectBranches.js'
import { shareCommonSubexpressions } from './commonSubexpressions.js'
import { joinPads } from './joinPads.js'
import { hoistOutOfLoops, unrollLoops } from './loops/index.js'
import { inlineCalls, inlineCheckpoints } from './inlineCalls.js'
import { simplify } from './simplify.js'

export interface Pass {
  readonly name: string
  readonly run: (jaxpr: Jaxpr) => Jaxpr
  /** The pass changes nothing where no equation is of one of these; absent: it looks at all equations. */
  readonly of?: readonly PrimitiveName[]
  /** It looks again at what passes of few primitives have put in: there is nothing new where none of these has run. */
  readonly again?: true
}

const loops: readonly PrimitiveName[] = ['scan', 'while']
const held: readonly PrimitiveName[] = ['switch', 'checkpoint', 'jit', 'customJvp', 'customVjp']

export const passes: readonly Pass[] = [
  { name: 'inline calls', run: inlineCalls },
  { name: 'select branches', run: selectBranches, of: ['switch'] },
  { name: 'remove dead code', run: (jaxpr) => dceJaxpr(jaxpr) },
  { name: 'simplify', run: simplify },
  { name: 'share common subexpressions', run: shareCommonSubexpressions },
  { name: 'inline checkpoints', run: inlineRest, of: held },
  { name: 'join pads', run: joinPads, of: ['pad'] },
  { name: 'loop bodies', run: runBodies, of: loops },
  { name: 'hoist out of loops', run: hoistOutOfLoops, of: loops },
  { name: 'unroll loops', run: unrollLoops, of: loops },
  { name: 'simplify after inlining', run: simplify, again: true },
  { name: 'remove dead code again', run: (jaxpr) => dceJaxpr(jaxpr) },
]

const isThere = (jaxpr: Jaxpr, names: readonly PrimitiveName[]): boolean =>
  jaxpr.equations.some(({ primitive }) => names.includes(primitive))

/** Checkpoints may hold branches, and branches checkpoints and calls: until none is left. */
function inlineRest(jaxpr: Jaxpr): Jaxpr {
  const next = selectBranches(inlineCheckpoints(jaxpr))
  return isThere(next, held) ? inlineRest(next) : next
}

/** The passes of what loops hold. */
function runBodies(jaxpr: Jaxpr): Jaxpr {
  const inner = (body: Jaxpr): Jaxpr => runPasses(body, false)
  return rewriteJaxpr(jaxpr, (eqn, rewriter) => {
    if (eqn.primitive === 'scan') {
      const params = { ...eqn.params, jaxpr: inner(eqn.params.jaxpr) }
      return rewriter.keep(makeEquation('scan', eqn.inputs, eqn.outputs, params))
    }
    if (eqn.primitive === 'while') {
      const params = { ...eqn.params, cond: inner(eqn.params.cond), body: inner(eqn.params.body) }
      return rewriter.keep(makeEquation('while', eqn.inputs, eqn.outputs, params))
    }
    rewriter.keep(eqn)
  })
}

/** Runs all passes; `verify` checks the jaxpr after each and names the pass that broke it. */
export function runPasses(jaxpr: Jaxpr, verify: boolean): Jaxpr {
  let current = jaxpr
  let isNew = false
  for (const { name, run, of, again } of passes) {
    if (again === true ? !isNew : of !== undefined && !isThere(current, of)) continue
    current = run(current)
    isNew ||= of !== undefined
    if (verify) verifyJaxpr(current, `pass '${name}'`)
  }
  return current
}
