/** The passes over loops, each for one scan equation at a time. */

import type { Equation, Jaxpr } from '../../../core/jaxpr.js'
import { makeEquation } from '../../../core/jaxpr.js'
import { rewriteJaxpr, type Rewriter } from '../rewriter.js'
import { hoistAccumulations } from './accumulate.js'
import { fixCarries, hoistInvariants, hoistProducts, splitProducts } from './hoist.js'
import { Loop } from './loop.js'
import { unrollScan } from './unroll.js'

const eachScan =
  (visit: (eqn: Equation<'scan'>, rewriter: Rewriter) => void) =>
  (jaxpr: Jaxpr): Jaxpr =>
    rewriteJaxpr(jaxpr, (eqn, rewriter) => {
      if (eqn.primitive !== 'scan') return rewriter.keep(eqn)
      const inputs = rewriter.atoms(eqn.inputs)
      visit(makeEquation('scan', inputs, eqn.outputs, eqn.params) as Equation<'scan'>, rewriter)
    })

/** Work that need not be done in every step moves before or after the loop. */
export const hoistOutOfLoops = eachScan((eqn, rewriter) => {
  const loop = new Loop(eqn)
  fixCarries(loop, rewriter)
  hoistInvariants(loop, rewriter)
  splitProducts(loop, rewriter)
  hoistProducts(loop, rewriter)
  const finish = hoistAccumulations(loop, rewriter)
  rewriter.keep(loop.equation())
  finish()
})

export const unrollLoops = eachScan(unrollScan)
