/**
 * Flat jaxpr → one draft kernel for each stored variable. Variables that are not stored become expressions
 * inside the kernels that read them, pulled from the stored ones by coordinates.
 */

import type { DType } from '../core/dtype.js'
import { invariant } from '../core/errors.js'
import type { Atom, Equation, Jaxpr, Var } from '../core/jaxpr.js'
import { sizeOf, type Shape } from '../core/shape.js'
import { clusterKernels, type ClusterLimits } from './cluster.js'
import { domainOf } from './domain.js'
import { finish, loopCluster, type Draft, type Unclustered } from './draft.js'
import { emitElement, isFusible } from './emit/index.js'
import type { RegionContext, Target } from './emit/context.js'
import { emitKernel } from './emit/kernels.js'
import { ExprBuilder, laneOf, type Expr, type Position } from './expr.js'
import type { BufferRole, BufferSpec, Kernel } from './kernel.js'
import { storageOf, type Storage } from './materialize.js'
import { addPositions, constantPosition, identityPosition, offsetPosition, ravel } from './position.js'

const from = (base: Position | null, position: Position): Position =>
  base === null ? position : addPositions(base, position)

class Builder implements RegionContext {
  readonly b = new ExprBuilder()
  drafts: Draft[] = []
  readonly #limits: ClusterLimits
  readonly #buffers: BufferSpec[] = []
  readonly #homes = new Map<Var, Target>()
  readonly #producers = new Map<Var, Equation>()
  readonly #pulled = new Map<Var, Map<string, Expr>>()

  constructor(limits: ClusterLimits) {
    this.#limits = limits
  }

  bufferCount(): number {
    return this.#buffers.length
  }

  bind(v: Var, buffer: number, base: Position | null): void {
    this.#homes.set(v, { buffer, base })
  }

  addBuffer(role: BufferRole, dtype: DType, size: number): number {
    const id = this.#buffers.length
    this.#buffers.push({ id, role, dtype, lane: laneOf(dtype), size })
    return id
  }

  /** The buffer of a stored variable. */
  bufferOf(atom: Atom): number {
    const home = atom.kind === 'var' ? this.#homes.get(atom) : undefined
    invariant(home !== undefined, 'lowering: a kernel operand has no buffer')
    if (home.base === null || atom.kind === 'literal') return home.buffer
    // A part of a buffer: kernels that want a whole one get a copy.
    const copy = this.addBuffer('temporary', atom.aval.dtype, atom.aval.size)
    this.copyTo(copy, atom, (coordinates) => this.pull(atom, coordinates))
    this.bind(atom, copy, null)
    return copy
  }

  pull(atom: Atom, coordinates: readonly Position[]): Expr {
    if (atom.kind === 'literal') return this.b.constant(atom.value, laneOf(atom.aval.dtype))
    const home = this.#homes.get(atom)
    if (home !== undefined) {
      const position = from(home.base, ravel(coordinates, atom.aval.shape))
      return this.b.load(home.buffer, laneOf(atom.aval.dtype), position)
    }
    return this.#inline(atom, coordinates)
  }

  #inline(v: Var, coordinates: readonly Position[]): Expr {
    const memo = this.#pulled.get(v) ?? new Map<string, Expr>()
    this.#pulled.set(v, memo)
    const key = coordinates.map((c) => c.key).join()
    const known = memo.get(key)
    if (known !== undefined) return known
    const eqn = this.#producers.get(v)
    invariant(eqn !== undefined, 'lowering: a variable has neither a buffer nor an equation')
    const made = emitElement(this, eqn, coordinates, eqn.outputs.indexOf(v))
    memo.set(key, made)
    return made
  }

  /** A loop that stores the elements of `atom` in `buffer`. */
  copyTo(
    buffer: number,
    atom: Atom,
    element: (coordinates: readonly Position[]) => Expr,
    base: Position | null = null,
  ): void {
    if (atom.aval.size === 0) return
    const { shape, coordinates } = domainOf(atom.aval.shape)
    const position = from(base, identityPosition(shape))
    this.drafts.push(loopCluster(shape, [{ buffer, position, value: element(coordinates) }]))
  }

  /** A loop for each part of a concatenation, which stores it where it belongs; parts of parts are parts. */
  #placeParts(
    eqn: Equation<'concatenate'>,
    whole: Shape,
    { buffer, base }: Target,
    parted: ReadonlySet<Var>,
  ): void {
    const { dimension } = eqn.params
    let first = 0
    for (const atom of eqn.inputs) {
      const start = first
      first += atom.aval.shape[dimension] ?? 0
      if (atom.aval.size === 0) continue
      const inner = dimension === 0 ? this.#flatSource(atom) : atom
      const rows = inner.kind === 'var' && parted.has(inner) ? this.#producers.get(inner) : undefined
      if (rows?.primitive === 'concatenate') {
        const there = from(base, constantPosition(start * sizeOf(whole.slice(1))))
        this.#placeParts(rows, inner.aval.shape, { buffer, base: there }, parted)
        continue
      }
      const { shape, coordinates } = domainOf(atom.aval.shape)
      const moved = coordinates.map((c, axis) => (axis === dimension ? offsetPosition(c, start) : c))
      const position = from(base, ravel(moved, whole))
      this.drafts.push(loopCluster(shape, [{ buffer, position, value: this.pull(atom, coordinates) }]))
    }
  }

  /** The variable whose elements, in the same order, an array shows. */
  #flatSource(atom: Atom): Atom {
    const eqn = atom.kind === 'var' ? this.#producers.get(atom) : undefined
    const isFlat = eqn?.primitive === 'reshape' || eqn?.primitive === 'broadcastInDim'
    const [x] = isFlat ? eqn.inputs : []
    return x !== undefined && x.aval.size === atom.aval.size ? this.#flatSource(x) : atom
  }

  /** Gives every stored result of an equation a buffer and a kernel. */
  lower(eqn: Equation, { stored, parted }: Storage, outputs: ReadonlySet<Var>): void {
    for (const v of eqn.outputs) this.#producers.set(v, eqn)
    const [first] = eqn.outputs
    if (eqn.primitive === 'concatenate' && first !== undefined && parted.has(first)) {
      const { aval } = first
      const home = this.#homes.get(first) ?? {
        buffer: this.addBuffer(outputs.has(first) ? 'output' : 'temporary', aval.dtype, aval.size),
        base: null,
      }
      this.#placeParts(eqn, aval.shape, home, parted)
      this.#homes.set(first, home)
      return
    }
    const results = eqn.outputs.filter((v) => stored.has(v))
    const buffers = results.map((v) =>
      this.addBuffer(outputs.has(v) ? 'output' : 'temporary', v.aval.dtype, v.aval.size),
    )
    if (isFusible(eqn.primitive)) {
      results.forEach((v, i) =>
        this.copyTo(buffers[i] ?? 0, v, (coordinates) => this.#inline(v, coordinates)),
      )
    } else {
      emitKernel(this, eqn, buffers)
    }
    results.forEach((v, i) => this.bind(v, buffers[i] ?? 0, null))
  }

  addInput(v: Var): number {
    const id = this.addBuffer('input', v.aval.dtype, v.aval.size)
    this.bind(v, id, null)
    return id
  }

  /** A buffer of its own for each output: results that are inputs, literals or duplicates are copied. */
  addOutputs(atoms: readonly Atom[]): number[] {
    const taken = new Set<number>()
    return atoms.map((atom) => {
      const own = atom.kind === 'var' ? this.#homes.get(atom)?.buffer : undefined
      if (own !== undefined && this.#buffers[own]?.role === 'output' && !taken.has(own)) {
        taken.add(own)
        return own
      }
      const copy = this.addBuffer('output', atom.aval.dtype, atom.aval.size)
      this.copyTo(copy, atom, (coordinates) => this.pull(atom, coordinates))
      return copy
    })
  }

  region(jaxpr: Jaxpr, targets: readonly Target[]): readonly Kernel[] {
    const outside = this.drafts
    this.drafts = []
    const storage = storageOf(jaxpr, false)
    jaxpr.outputs.forEach((atom, i) => {
      const target = targets[i]
      if (atom.kind === 'var' && storage.parted.has(atom) && target !== undefined && !this.#homes.has(atom))
        this.#homes.set(atom, target)
    })
    for (const eqn of jaxpr.equations) this.lower(eqn, storage, new Set())
    jaxpr.outputs.forEach((atom, i) => {
      const target = targets[i]
      if (target === undefined || (atom.kind === 'var' && this.#homes.get(atom) === target)) return
      this.copyTo(target.buffer, atom, (coordinates) => this.pull(atom, coordinates), target.base)
    })
    const inside = this.finish(
      [],
      targets.map(({ buffer }) => buffer),
    )
    this.drafts = outside
    return clusterKernels(inside, this.#limits).map(finish)
  }

  finish(inputs: readonly number[], outputs: readonly number[]): Unclustered {
    return { b: this.b, buffers: this.#buffers, drafts: this.drafts, inputs, outputs }
  }
}

/** One kernel for each stored variable of a jaxpr without call equations. */
export function buildKernels(jaxpr: Jaxpr, limits: ClusterLimits): Unclustered {
  const builder = new Builder(limits)
  const storage = storageOf(jaxpr, true)
  const outputs = new Set(jaxpr.outputs.flatMap((atom) => (atom.kind === 'var' ? [atom] : [])))
  const inputs = jaxpr.inputs.map((v) => builder.addInput(v))
  for (const eqn of jaxpr.equations) builder.lower(eqn, storage, outputs)
  return builder.finish(inputs, builder.addOutputs(jaxpr.outputs))
}
