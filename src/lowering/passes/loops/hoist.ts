/**
 * Moves work out of a loop: what is the same in every step is computed once, and products of items with constants
 * (x_t · W for all t) become one product before the loop, which keeps tiles full and packs W once.
 */

import { makeEquation, makeVar, type Atom, type Equation } from '../../../core/jaxpr.js'
import { avalOf } from '../../../core/aval.js'
import { contractionSizes, isProduct } from '../../contractionSizes.js'
import { isFusible } from '../../emit/index.js'
import { cheap, weightOf } from '../../weights.js'
import { Rewriter } from '../rewriter.js'
import { outputOf, type Loop } from './loop.js'
import { Outside } from './outside.js'
import { exchanged } from './overTime.js'

/** The most elements that products over time may take: a loop is also a way to save memory. */
const mostElements = 8 * 2 ** 20

/** Carries that stay as they are become constants. */
export function fixCarries(loop: Loop, rewriter: Rewriter): void {
  const [same, moving] = [true, false].map((is) =>
    loop.carries.filter(({ inner, next }) => (inner === next) === is),
  ) as [Loop['carries'], Loop['carries']]
  loop.carries = moving
  for (const { inner, init, last } of same) {
    loop.constants.push({ inner, outer: init })
    rewriter.replace(last, init)
  }
}

/** Computes before the loop what is the same in every step. Views stay: they cost nothing, and may repeat elements. */
export function hoistInvariants(loop: Loop, rewriter: Rewriter): void {
  const outside = new Outside(loop, rewriter)
  loop.rewrite((eqn) => {
    if (!eqn.inputs.every((x) => outside.isFixed(x)) || !isWorthKeeping(loop, eqn)) return [eqn]
    for (const inner of eqn.outputs) loop.constants.push({ inner, outer: outside.fixed(inner) })
    return []
  })
  loop.clean()
}

/** Whether reading the result costs less than computing it: a cheap function of few elements repeated does not. */
function isWorthKeeping(loop: Loop, eqn: Equation): boolean {
  const weight = isFusible(eqn.primitive) ? weightOf(eqn.primitive) : Infinity
  if (weight > cheap) return true
  if (weight === 0) return false
  const elements = eqn.inputs.map((x) => (x.kind === 'literal' ? 0 : sourceSize(loop, x)))
  return outputOf(eqn).aval.size <= 2 * Math.max(0, ...elements)
}

/** Elements of what a chain of views shows. */
function sourceSize(loop: Loop, atom: Atom): number {
  const eqn = loop.producer(atom)
  const source = eqn !== undefined && weightOf(eqn.primitive) === 0 ? eqn.inputs[0] : undefined
  if (source === undefined) return atom.aval.size
  return source.kind === 'literal' ? 0 : Math.min(atom.aval.size, sourceSize(loop, source))
}

/**
 * [x, h] · W = x · W₁ + h · W₂ where only x is made of items and W is fixed: then x · W₁ can leave the loop. New
 * equations in place of the product.
 */
export function splitProducts(loop: Loop, rewriter: Rewriter): void {
  const outside = new Outside(loop, rewriter)
  loop.rewrite((eqn) =>
    eqn.primitive === 'dotGeneral' ? (splitProduct(loop, outside, eqn) ?? [eqn]) : [eqn],
  )
  loop.clean()
}

function splitProduct(loop: Loop, outside: Outside, eqn: Equation<'dotGeneral'>): Equation[] | null {
  const side = eqn.inputs.findIndex((x) => loop.producer(x)?.primitive === 'concatenate')
  const joined = side < 0 ? undefined : loop.producer(eqn.inputs[side] as Atom)
  const other = eqn.inputs[1 - side]
  if (joined?.primitive !== 'concatenate' || other === undefined || !outside.isFixed(other)) return null
  const items = joined.inputs.map((x) => outside.isPerStep(x))
  if (!items.includes(true) || !items.includes(false)) return null
  const { lhsContract, rhsContract } = eqn.params
  const [own, theirs] = side === 0 ? [lhsContract, rhsContract] : [rhsContract, lhsContract]
  const axis = theirs[own.indexOf(joined.params.dimension)]
  if (axis === undefined) return null
  const made = new Rewriter()
  let first = 0
  const terms = joined.inputs.map((x) => {
    const start = first
    first += x.aval.shape[joined.params.dimension] ?? 0
    const slice = made.emit('slice', [other], {
      start: other.aval.shape.map((_, i) => (i === axis ? start : 0)),
      limit: other.aval.shape.map((n, i) => (i === axis ? first : n)),
      strides: other.aval.shape.map(() => 1),
    })
    return made.emit('dotGeneral', side === 0 ? [x, slice] : [slice, x], eqn.params)
  })
  const sum = terms
    .slice(1, -1)
    .reduce<Atom>((so, term) => made.emit('add', [so, term], {}), terms[0] as Atom)
  made.keep(makeEquation('add', [sum, terms.at(-1) as Atom], eqn.outputs, {}))
  return made.equations
}

/** Products of items with fixed values, for all steps at once; and the results that are made of them alone. */
export function hoistProducts(loop: Loop, rewriter: Rewriter): void {
  const outside = new Outside(loop, rewriter)
  const found = loop.equations.filter((eqn): eqn is Equation<'dotGeneral'> => isHoistable(eqn, outside))
  const elements = found.reduce((sum, eqn) => sum + loop.length * outputOf(eqn).aval.size, 0)
  const products = new Set<Equation>(loop.length > 1 && elements <= mostElements ? found : [])
  const above = new Set<Atom>()
  for (const eqn of loop.equations) {
    if (!products.has(eqn) && !eqn.inputs.some((x) => above.has(x))) continue
    for (const v of eqn.outputs) if (outside.isPerStep(v)) above.add(v)
  }
  const items = new Map<Atom, Atom>(loop.items.map(({ inner, outer }) => [inner, outer]))
  loop.results = loop.results.filter(({ inner, outer }) => {
    const made = items.get(inner) ?? (above.has(inner) ? outside.stacked(inner) : undefined)
    if (made !== undefined) rewriter.replace(outer, made)
    return made === undefined
  })
  loop.rewrite((eqn) => {
    if (eqn.primitive !== 'dotGeneral' || !products.has(eqn)) return [eqn]
    const made = outside.product(eqn)
    const v = outputOf(eqn)
    if (!outside.isExchanged(eqn)) {
      loop.items.push({ inner: v, outer: made })
      return []
    }
    const inner = makeVar(avalOf(made.aval.shape.slice(1), made.aval.dtype))
    loop.items.push({ inner, outer: made })
    return [makeEquation('transpose', [inner], [v], { permutation: exchanged(eqn) })]
  })
  loop.clean()
}

function isHoistable(eqn: Equation, outside: Outside): boolean {
  if (eqn.primitive !== 'dotGeneral' || isProduct(contractionSizes(eqn))) return false
  const [lhs, rhs] = eqn.inputs
  return (
    outside.isPerStep(outputOf(eqn)) &&
    ((outside.isPerStep(lhs as Atom) && outside.isFixed(rhs as Atom)) ||
      (outside.isPerStep(rhs as Atom) && outside.isFixed(lhs as Atom)))
  )
}
