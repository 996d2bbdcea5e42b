/**
 * Contractions in random programs: any split of the axes into batch, contracted and free ones.
 */

import type { ContractionSigs } from '../../../core/primitives/contraction.js'
import { range } from '../../../core/shape.js'
import { product, type Pick, type ProgramBuilder } from '../builder.js'
import { smooth, type GeneratorTable } from './generator.js'

function dot(b: ProgramBuilder, pick: Pick): void {
  const kind = pick.kind(['float', 'int'] as const)
  const lhs = b.any(pick, kind, 1)
  const sizes = lhs.aval.shape
  const roles = range(sizes.length).map(() => pick.from(['contract', 'free', 'batch'] as const))
  const lhsContract = pick.shuffle(range(sizes.length).filter((i) => roles[i] === 'contract'))
  const lhsBatch = pick.shuffle(range(sizes.length).filter((i) => roles[i] === 'batch'))
  // The right operand's axes in any order: its batch and contracted ones mirror the left's, the rest are its own.
  const own = range(pick.next(3)).map(() => 1 + pick.next(3))
  const labelled = [
    ...lhsContract.map((axis, i) => ({ role: 'contract', i, size: sizes[axis] ?? 1 })),
    ...lhsBatch.map((axis, i) => ({ role: 'batch', i, size: sizes[axis] ?? 1 })),
    ...own.map((size, i) => ({ role: 'own', i, size })),
  ]
  const order = pick.shuffle(labelled)
  const rhs = b.shaped(
    pick,
    kind,
    order.map(({ size }) => size),
  )
  const placed = (role: string, n: number): number[] =>
    range(n).map((i) => order.findIndex((axis) => axis.role === role && axis.i === i))
  const terms = lhsContract.reduce((n, axis) => n * (sizes[axis] ?? 1), 1)
  const [low, high] = product(lhs, rhs)
  const params = {
    lhsContract,
    rhsContract: placed('contract', lhsContract.length),
    lhsBatch,
    rhsBatch: placed('batch', lhsBatch.length),
  }
  b.emit('dotGeneral', [lhs, rhs], params, terms * Math.min(low, 0), terms * Math.max(high, 0))
}

export const contraction: GeneratorTable<ContractionSigs> = { dotGeneral: smooth(dot) }
