/**
 * Unrolled scans: a turn of the loop makes several steps. The steps that do not fill a turn come after the loop.
 * Scan equation with `unroll` > 1 → a scan with a longer body and fewer turns, and equations.
 */

import { avalOf } from '../../../core/aval.js'
import { makeEquation, makeVar, type Atom, type Equation, type Jaxpr, type Var } from '../../../core/jaxpr.js'
import { range } from '../../../core/shape.js'
import { instantiateInto } from '../instantiate.js'
import { Rewriter } from '../rewriter.js'

type Scan = Equation<'scan'>
/** The items of a step, or its results; and the carries. */
interface Values {
  readonly carries: readonly Atom[]
  readonly items: readonly Atom[]
}

/** Item `t` of arrays along their first axis. */
const itemsAt = (rewriter: Rewriter, xs: readonly Atom[], t: number): Atom[] =>
  xs.map((x) => {
    const [, ...shape] = x.aval.shape
    const start = x.aval.shape.map((_, axis) => (axis === 0 ? t : 0))
    const limit = x.aval.shape.map((n, axis) => (axis === 0 ? t + 1 : n))
    const strides = x.aval.shape.map(() => 1)
    return rewriter.emit('reshape', [rewriter.emit('slice', [x], { start, limit, strides })], { shape })
  })

/** Arrays one after another along a new first axis. */
function stacked(rewriter: Rewriter, parts: readonly (readonly Atom[])[]): Atom[] {
  return (parts[0] ?? []).map((_, k) => {
    const rows = parts.map((part) => {
      const row = part[k] as Atom
      return rewriter.emit('broadcastInDim', [row], {
        shape: [1, ...row.aval.shape],
        broadcastDimensions: row.aval.shape.map((__, axis) => axis + 1),
      })
    })
    return rows.length === 1 ? (rows[0] as Atom) : rewriter.emit('concatenate', rows, { dimension: 0 })
  })
}

/** Emits the steps at `times`, in order; results come back in the order of items. */
function steps(
  rewriter: Rewriter,
  { params: { jaxpr, carries, reverse } }: Scan,
  constants: readonly Atom[],
  before: Values,
  times: readonly number[],
): Values {
  let carried = before.carries
  const results: Atom[][] = []
  for (const t of reverse ? [...times].reverse() : times) {
    const operands = [...constants, ...carried, ...itemsAt(rewriter, before.items, t)]
    const outputs = instantiateInto(
      jaxpr,
      operands,
      (atom) => atom,
      (eqn) => rewriter.keep(eqn),
    )
    carried = outputs.slice(0, carries)
    results.push(outputs.slice(carries))
  }
  return { carries: carried, items: stacked(rewriter, reverse ? results.reverse() : results) }
}

/** The body of a turn of `unroll` steps. */
function turnOf(eqn: Scan, unroll: number): Jaxpr {
  const { jaxpr, consts, carries } = eqn.params
  const rewriter = new Rewriter()
  const inputs = jaxpr.inputs.map(({ aval }, i) =>
    makeVar(i < consts + carries ? aval : avalOf([unroll, ...aval.shape], aval.dtype)),
  )
  const before = { carries: inputs.slice(consts, consts + carries), items: inputs.slice(consts + carries) }
  const after = steps(rewriter, eqn, inputs.slice(0, consts), before, range(unroll))
  return { inputs, equations: rewriter.equations, outputs: [...after.carries, ...after.items] }
}

/** The first axis from `start` to `limit`. */
const part = (rewriter: Rewriter, xs: readonly Atom[], start: number, limit: number): Atom[] =>
  xs.map((x) => {
    const { shape } = x.aval
    if (start === 0 && limit === shape[0]) return x
    return rewriter.emit('slice', [x], {
      start: shape.map((_, axis) => (axis === 0 ? start : 0)),
      limit: shape.map((n, axis) => (axis === 0 ? limit : n)),
      strides: shape.map(() => 1),
    })
  })

/** Whole turns over the items from `start` on. */
function turns(
  rewriter: Rewriter,
  eqn: Scan,
  constants: readonly Atom[],
  before: Values,
  count: number,
): Values {
  const { unroll, carries } = eqn.params
  const xs = before.items.map((x) =>
    rewriter.emit('reshape', [x], { shape: [count, unroll, ...x.aval.shape.slice(1)] }),
  )
  const jaxpr = turnOf(eqn, unroll)
  const outputs = jaxpr.outputs.map(({ aval }, i) =>
    makeVar(i < carries ? aval : avalOf([count, ...aval.shape], aval.dtype)),
  )
  const params = { ...eqn.params, jaxpr, length: count, unroll: 1 }
  rewriter.keep(makeEquation('scan', [...constants, ...before.carries, ...xs], outputs, params))
  const items = outputs
    .slice(carries)
    .map((y) => rewriter.emit('reshape', [y], { shape: [count * unroll, ...y.aval.shape.slice(2)] }))
  return { carries: outputs.slice(0, carries), items }
}

/** Emits a scan with the number of steps in a turn that it asks for. */
export function unrollScan(eqn: Scan, rewriter: Rewriter): void {
  const { length, unroll, consts, carries, reverse } = eqn.params
  if (unroll <= 1 || length === 0) return rewriter.keep(eqn)
  const constants = eqn.inputs.slice(0, consts)
  const all: Values = {
    carries: eqn.inputs.slice(consts, consts + carries),
    items: eqn.inputs.slice(consts + carries),
  }
  const count = Math.floor(length / unroll)
  const rest = length - count * unroll
  // Backwards, the steps that are left over are the first items.
  const [low, high] = reverse ? [rest, length] : [0, length - rest]
  const whole = { ...all, items: part(rewriter, all.items, low, high) }
  const looped =
    count === 0
      ? { carries: all.carries, items: [] }
      : count === 1
        ? steps(rewriter, eqn, constants, whole, range(unroll))
        : turns(rewriter, eqn, constants, whole, count)
  const left = reverse ? [0, rest] : [length - rest, length]
  const ending = {
    carries: looped.carries,
    items: part(rewriter, all.items, left[0] as number, left[1] as number),
  }
  const after =
    rest === 0 ? { carries: looped.carries, items: [] } : steps(rewriter, eqn, constants, ending, range(rest))
  const parts = (reverse ? [after.items, looped.items] : [looped.items, after.items]).filter(
    (p) => p.length > 0,
  )
  eqn.outputs.forEach((v: Var, i) => {
    if (i < carries) return rewriter.replace(v, after.carries[i] as Atom)
    const pieces = parts.map((p) => p[i - carries] as Atom)
    rewriter.replace(
      v,
      pieces.length === 1 ? (pieces[0] as Atom) : rewriter.emit('concatenate', pieces, { dimension: 0 }),
    )
  })
}
