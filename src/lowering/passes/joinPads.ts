/**
 * Sums of arrays that are zero where the others are not become concatenations: what slices of an array are owed adds
 * up from padded parts. Zeros of a part keep their sign, which a sum with 0 would turn into +0.
 */

import type { Atom, Equation, Jaxpr, Var } from '../../core/jaxpr.js'
import { rewriteJaxpr, type Rewriter } from './rewriter.js'

interface Part {
  readonly source: Atom
  readonly start: number
  readonly end: number
}

/** An array that is zero outside of parts along one axis. */
interface Sparse {
  readonly axis: number
  /** In the order of their places. */
  readonly parts: readonly Part[]
}

/** A pad with zeros before and after, along one axis. */
function paddedPart(
  source: Atom | undefined,
  value: Atom | undefined,
  config: Equation<'pad'>['params']['config'],
): Sparse | null {
  const axes = config.flatMap(({ low, high }, axis) => (low === 0 && high === 0 ? [] : [axis]))
  const [axis = 0] = axes
  const { low = 0, high = 0 } = config[axis] ?? {}
  const plain = config.every(({ interior }) => interior === 0) && low >= 0 && high >= 0
  if (axes.length !== 1 || !plain || source === undefined) return null
  if (value?.kind !== 'literal' || value.value !== 0) return null
  return { axis, parts: [{ source, start: low, end: low + (source.aval.shape[axis] ?? 0) }] }
}

function joined(a: Sparse, b: Sparse): Sparse | null {
  if (a.axis !== b.axis) return null
  const parts = [...a.parts, ...b.parts].sort((x, y) => x.start - y.start)
  const apart = parts.every(({ start }, i) => i === 0 || start >= (parts[i - 1]?.end ?? 0))
  return apart ? { axis: a.axis, parts } : null
}

/** Whether the parts leave nothing out. */
const covers = ({ axis, parts }: Sparse, shape: readonly number[]): boolean =>
  [0, ...parts.map(({ end }) => end)].every((end, i) => end === (parts[i]?.start ?? shape[axis]))

export function joinPads(jaxpr: Jaxpr): Jaxpr {
  const sparse = new Map<Var, Sparse>()
  const of = (atom: Atom | undefined): Sparse | undefined =>
    atom?.kind === 'var' ? sparse.get(atom) : undefined
  const visit = (eqn: Equation, rewriter: Rewriter): void => {
    const inputs = rewriter.atoms(eqn.inputs)
    const [output] = eqn.outputs as readonly [Var]
    const [a, b] = [of(inputs[0]), of(inputs[1])]
    const made =
      eqn.primitive === 'pad'
        ? paddedPart(inputs[0], inputs[1], eqn.params.config)
        : eqn.primitive === 'add' && a !== undefined && b !== undefined
          ? joined(a, b)
          : null
    if (made !== null) sparse.set(output, made)
    if (made === null || eqn.primitive === 'pad' || !covers(made, output.aval.shape))
      return rewriter.keep(eqn)
    const sources = made.parts.map(({ source }) => source)
    rewriter.replace(output, rewriter.emit('concatenate', sources, { dimension: made.axis }))
  }
  return rewriteJaxpr(jaxpr, visit)
}
