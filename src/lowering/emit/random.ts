/**
 * Threefry-2x32 as an expression: twenty rounds of add, rotate, xor with key injections, unrolled.
 * Source: Salmon et al. (2011), the Random123 reference; rotation constants as in JAX.
 */

import type { Atom } from '../../core/jaxpr.js'
import type { RandomSigs } from '../../core/primitives/random.js'
import type { Expr, ExprBuilder } from '../expr.js'
import type { EmitTable } from './context.js'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

const rotateLeft = (b: ExprBuilder, x: Expr, by: number): Expr =>
  b.alu('or', b.alu('shl', x, b.constant(by, 'u32')), b.alu('shrU', x, b.constant(32 - by, 'u32')))

/** The two output words. */
export function threefry(
  b: ExprBuilder,
  key0: Expr,
  key1: Expr,
  counter0: Expr,
  counter1: Expr,
): readonly [Expr, Expr] {
  const key2 = b.alu('xor', b.alu('xor', key0, key1), b.constant(0x1bd11bda, 'u32'))
  const keys = [key0, key1, key2]
  let x0 = b.alu('add', counter0, key0)
  let x1 = b.alu('add', counter1, key1)
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2] ?? []) {
      x0 = b.alu('add', x0, x1)
      x1 = b.alu('xor', x0, rotateLeft(b, x1, by))
    }
    const [first, second] = [keys[(group + 1) % 3], keys[(group + 2) % 3]] as [Expr, Expr]
    x0 = b.alu('add', x0, first)
    x1 = b.alu('add', x1, b.alu('add', second, b.constant(group + 1, 'u32')))
  }
  return [x0, x1]
}

export const randomEmit: EmitTable<keyof RandomSigs> = {
  threefry2x32: (context, { inputs }, coordinates, output) => {
    const [key0, key1, counter0, counter1] = inputs as readonly [Atom, Atom, Atom, Atom]
    const pull = (atom: Atom): Expr => context.pull(atom, coordinates)
    return threefry(context.b, pull(key0), pull(key1), pull(counter0), pull(counter1))[output === 0 ? 0 : 1]
  },
}
