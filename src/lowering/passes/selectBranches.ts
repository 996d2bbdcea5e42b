/**
 * A switch becomes all of its branches and a selection among their results: branches are pure, and what they
 * compute fuses with what surrounds them.
 */

import { makeLiteral, type Atom, type Equation, type Jaxpr, type Var } from '../../core/jaxpr.js'
import { instantiateInto } from './instantiate.js'
import { rewriteJaxpr, type Rewriter } from './rewriter.js'

/** index <= i ? here : otherwise, for every element. */
function choose(rewriter: Rewriter, index: Atom, i: number, here: Atom, otherwise: Atom): Atom {
  if (here === otherwise) return here
  const test = rewriter.emit('le', [index, makeLiteral(i, 'int32')], {})
  const { shape } = here.aval
  const spread = (atom: Atom): Atom =>
    shape.length === 0 ? atom : rewriter.emit('broadcastInDim', [atom], { shape, broadcastDimensions: [] })
  return rewriter.emit('select', [spread(test), here, otherwise], {})
}

function visit(eqn: Equation, rewriter: Rewriter): void {
  if (eqn.primitive !== 'switch') return rewriter.keep(eqn)
  const [index, ...operands] = eqn.inputs.map((atom) => rewriter.atom(atom)) as [Atom, ...Atom[]]
  const look = (atom: Atom): Atom => rewriter.atom(atom)
  const branches = eqn.params.branches.map((branch) =>
    instantiateInto(branch, operands, look, (inner) => visit(inner, rewriter)),
  )
  eqn.outputs.forEach((v: Var, k) => {
    const values = branches.map((outputs) => outputs[k] ?? v)
    const last = values.at(-1) ?? v
    const chosen = values
      .slice(0, -1)
      .reduceRight((rest, value, i) => choose(rewriter, index, i, value, rest), last)
    rewriter.replace(v, chosen)
  })
}

export const selectBranches = (jaxpr: Jaxpr): Jaxpr => rewriteJaxpr(jaxpr, visit)
