/**
 * Positions: integer expressions over the axes of a kernel, kept in the canonical form
 * constant + Σ factor · atom. An atom is an axis, a quotient or remainder of a position, or a computed integer.
 * Views become arithmetic on positions; the canonical form makes equality structural and strides readable.
 */

import { stridesOf, type Shape } from '../core/shape.js'

/** A computed integer as positions know it; the type parameter `E`, which lowering/expr.ts closes to Expr. */
export interface HasId {
  readonly id: number
}

/** An indivisible part of a position. `min` and `max` (inclusive) bound its value. */
export type PositionAtom<E extends HasId> =
  | {
      readonly kind: 'axis'
      readonly axis: number
      readonly min: 0
      readonly max: number
      readonly key: string
    }
  | {
      readonly kind: 'quotient' | 'remainder'
      readonly of: PositionOf<E>
      readonly by: number
      readonly min: number
      readonly max: number
      readonly key: string
    }
  /** A number known only at run time: an int32 expression that the lowering has clamped to [min, max]. */
  | {
      readonly kind: 'value'
      readonly expr: E
      readonly min: number
      readonly max: number
      readonly key: string
    }

export interface Term<E extends HasId> {
  readonly atom: PositionAtom<E>
  readonly factor: number
}

export interface PositionOf<E extends HasId> {
  readonly constant: number
  /** Sorted by atom key; factors are never 0 and atoms distinct. */
  readonly terms: readonly Term<E>[]
  readonly key: string
}

/** Most terms come in order. */
function isSorted<E extends HasId>(terms: readonly Term<E>[]): boolean {
  for (let i = 1; i < terms.length; i++)
    if ((terms[i - 1] as Term<E>).atom.key >= (terms[i] as Term<E>).atom.key) return false
  return true
}

function make<E extends HasId>(constant: number, terms: readonly Term<E>[]): PositionOf<E> {
  const sorted = isSorted(terms) ? terms : [...terms].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1))
  let key = ''
  for (let i = 0; i < sorted.length; i++) {
    const { factor, atom } = sorted[i] as Term<E>
    key += `${factor}*${atom.key}+`
  }
  key += constant
  // Never -0.
  return { constant: constant + 0, terms: sorted, key }
}

export const constantPosition = <E extends HasId>(value: number): PositionOf<E> => make(value, [])

/** The position along one axis of the kernel; an axis of size 1 is the constant 0. The size is part of its identity. */
export function axisPosition<E extends HasId>(axis: number, size: number): PositionOf<E> {
  if (size <= 1) return constantPosition(0)
  return make(0, [
    { atom: { kind: 'axis', axis, min: 0, max: size - 1, key: `a${axis}/${size}` }, factor: 1 },
  ])
}

/** A clamped int32 expression as a position. */
export function valuePosition<E extends HasId>(expr: E, min: number, max: number): PositionOf<E> {
  if (min === max) return constantPosition(min)
  return make(0, [{ atom: { kind: 'value', expr, min, max, key: `v${expr.id}` }, factor: 1 }])
}

export function addPositions<E extends HasId>(a: PositionOf<E>, b: PositionOf<E>): PositionOf<E> {
  if (b.terms.length === 0) return offsetPosition(a, b.constant)
  if (a.terms.length === 0) return offsetPosition(b, a.constant)
  const terms = new Map(a.terms.map((t) => [t.atom.key, t]))
  for (const t of b.terms) {
    const factor = (terms.get(t.atom.key)?.factor ?? 0) + t.factor
    if (factor === 0) terms.delete(t.atom.key)
    else terms.set(t.atom.key, { atom: t.atom, factor })
  }
  return rejoined(a.constant + b.constant, terms)
}

/** f · (p mod by) + f · by · floor(p / by) = f · p: coordinates that were taken apart and put together again. */
function rejoined<E extends HasId>(constant: number, terms: Map<string, Term<E>>): PositionOf<E> {
  for (const { atom, factor } of terms.values()) {
    if (atom.kind !== 'remainder') continue
    const whole = quotient(atom.of, atom.by)
    const [only] = whole.terms
    if (only === undefined || whole.terms.length > 1 || only.factor !== 1) continue
    if (terms.get(only.atom.key)?.factor !== factor * atom.by) continue
    terms.delete(atom.key)
    terms.delete(only.atom.key)
    const rest = make(constant - factor * atom.by * whole.constant, [...terms.values()])
    return addPositions(rest, scalePosition(atom.of, factor))
  }
  return make(constant, [...terms.values()])
}

export function scalePosition<E extends HasId>(p: PositionOf<E>, factor: number): PositionOf<E> {
  if (factor === 0) return constantPosition(0)
  if (factor === 1) return p
  return make(
    p.constant * factor,
    p.terms.map((t) => ({ atom: t.atom, factor: t.factor * factor })),
  )
}

export const offsetPosition = <E extends HasId>(p: PositionOf<E>, by: number): PositionOf<E> =>
  by === 0 ? p : make(p.constant + by, p.terms)

/** The smallest and largest value a position can take. */
export function boundsOf<E extends HasId>(p: PositionOf<E>): { readonly min: number; readonly max: number } {
  let min = p.constant
  let max = p.constant
  for (const { atom, factor } of p.terms) {
    min += factor * (factor > 0 ? atom.min : atom.max)
    max += factor * (factor > 0 ? atom.max : atom.min)
  }
  return { min, max }
}

/** Splits p = by · whole + rest, taking into `whole` all that is divisible by `by`. */
function split<E extends HasId>(p: PositionOf<E>, by: number): { whole: PositionOf<E>; rest: PositionOf<E> } {
  const whole: Term<E>[] = []
  const rest: Term<E>[] = []
  for (const t of p.terms) {
    if (t.factor % by === 0) whole.push({ atom: t.atom, factor: t.factor / by })
    else rest.push(t)
  }
  const wholeConstant = Math.floor(p.constant / by)
  return { whole: make(wholeConstant, whole), rest: make(p.constant - wholeConstant * by, rest) }
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))

/** p = step · coarse + fine with 0 <= fine < step and a step that divides `by`, or null where there is none. */
function graded<E extends HasId>(
  p: PositionOf<E>,
  by: number,
): { readonly step: number; readonly coarse: PositionOf<E>; readonly fine: PositionOf<E> } | null {
  const steps = new Set(p.terms.map((t) => gcd(by, t.factor)).filter((step) => step > 1))
  for (const step of [...steps].sort((a, b) => b - a)) {
    const { whole, rest } = split(p, step)
    const { min, max } = boundsOf(rest)
    if (min >= 0 && max < step) return { step, coarse: whole, fine: rest }
  }
  return null
}

/** floor(p / by). */
export function quotient<E extends HasId>(p: PositionOf<E>, by: number): PositionOf<E> {
  if (by === 1) return p
  const { whole, rest } = split(p, by)
  const { min, max } = boundsOf(rest)
  const low = Math.floor(min / by)
  if (low === Math.floor(max / by)) return offsetPosition(whole, low)
  const grades = graded(rest, by)
  if (grades !== null) return addPositions(whole, quotient(grades.coarse, by / grades.step))
  // floor(floor(x / a) / b) = floor(x / (a·b)): nested quotients collapse.
  const only = rest.terms.length === 1 && rest.constant === 0 ? rest.terms[0] : undefined
  if (only !== undefined && only.factor === 1 && only.atom.kind === 'quotient') {
    return addPositions(whole, quotient(only.atom.of, only.atom.by * by))
  }
  const atom: PositionAtom<E> = {
    kind: 'quotient',
    of: rest,
    by,
    min: low,
    max: Math.floor(max / by),
    key: `(${rest.key})/${by}`,
  }
  return addPositions(whole, make(0, [{ atom, factor: 1 }]))
}

/** p - by · floor(p / by), in [0, by). */
export function remainder<E extends HasId>(p: PositionOf<E>, by: number): PositionOf<E> {
  if (by === 1) return constantPosition(0)
  const { rest } = split(p, by)
  const { min, max } = boundsOf(rest)
  const low = Math.floor(min / by)
  if (low === Math.floor(max / by)) return offsetPosition(rest, -low * by)
  const grades = graded(rest, by)
  if (grades !== null)
    return addPositions(scalePosition(remainder(grades.coarse, by / grades.step), grades.step), grades.fine)
  const atom: PositionAtom<E> = {
    kind: 'remainder',
    of: rest,
    by,
    min: 0,
    max: by - 1,
    key: `(${rest.key})%${by}`,
  }
  return make(0, [{ atom, factor: 1 }])
}

/** constant + Σ factor · position, put together at once. */
function weightedSum<E extends HasId>(
  constant: number,
  count: number,
  part: (i: number) => PositionOf<E>,
  factor: (i: number) => number,
): PositionOf<E> {
  let total = constant
  const terms = new Map<string, Term<E>>()
  for (let i = 0; i < count; i++) {
    const [p, f] = [part(i), factor(i)]
    if (f === 0) continue
    total += f * p.constant
    for (const { atom, factor: own } of p.terms) {
      const sum = (terms.get(atom.key)?.factor ?? 0) + f * own
      if (sum === 0) terms.delete(atom.key)
      else terms.set(atom.key, { atom, factor: sum })
    }
  }
  return rejoined(total, terms)
}

/** The row-major flat position of coordinates in an array of `shape`. */
export function ravel<E extends HasId>(coordinates: readonly PositionOf<E>[], shape: Shape): PositionOf<E> {
  const strides = stridesOf(shape)
  return weightedSum(
    0,
    coordinates.length,
    (i) => coordinates[i] as PositionOf<E>,
    (i) => strides[i] ?? 0,
  )
}

/** The coordinates in an array of `shape` of a row-major flat position. */
export function unravel<E extends HasId>(flat: PositionOf<E>, shape: Shape): PositionOf<E>[] {
  const strides = stridesOf(shape)
  return shape.map((size, i) => {
    if (size <= 1) return constantPosition(0)
    const q = quotient(flat, strides[i] ?? 1)
    const { min, max } = boundsOf(q)
    return min >= 0 && max < size ? q : remainder(q, size)
  })
}

/** The coordinates that walk a domain of `shape`: one axis position each. */
export const axesOf = <E extends HasId>(shape: Shape): PositionOf<E>[] =>
  shape.map((size, axis) => axisPosition(axis, size))

/** Row-major flat position of the domain itself: where a kernel over `shape` stores its results. */
export const identityPosition = <E extends HasId>(shape: Shape): PositionOf<E> => ravel(axesOf(shape), shape)

/** Replaces every axis by a position and every computed value by another expression. */
export function substitute<E extends HasId>(
  p: PositionOf<E>,
  axes: readonly PositionOf<E>[],
  value: (expr: E) => E,
): PositionOf<E> {
  return weightedSum(
    p.constant,
    p.terms.length,
    (i) => substituteAtom((p.terms[i] as Term<E>).atom, axes, value),
    (i) => (p.terms[i] as Term<E>).factor,
  )
}

function substituteAtom<E extends HasId>(
  atom: PositionAtom<E>,
  axes: readonly PositionOf<E>[],
  value: (expr: E) => E,
): PositionOf<E> {
  switch (atom.kind) {
    case 'axis':
      return axes[atom.axis] ?? constantPosition(0)
    case 'value':
      return valuePosition(value(atom.expr), atom.min, atom.max)
    case 'quotient':
      return quotient(substitute(atom.of, axes, value), atom.by)
    case 'remainder':
      return remainder(substitute(atom.of, axes, value), atom.by)
  }
}

/** Whether the position changes with this axis. */
export const dependsOnAxis = <E extends HasId>(
  p: PositionOf<E>,
  axis: number,
  ofExpr: (expr: E, axis: number) => boolean,
): boolean =>
  p.terms.some(({ atom }) => {
    if (atom.kind === 'axis') return atom.axis === axis
    return atom.kind === 'value' ? ofExpr(atom.expr, axis) : dependsOnAxis(atom.of, axis, ofExpr)
  })

/**
 * How far the position moves when `axis` advances by one: a constant stride, or null where it is not constant
 * (the axis occurs inside a quotient, a remainder or a computed value).
 */
export function strideAlong<E extends HasId>(
  p: PositionOf<E>,
  axis: number,
  ofExpr: (expr: E, axis: number) => boolean,
): number | null {
  let stride = 0
  for (const { atom, factor } of p.terms) {
    if (atom.kind === 'axis') {
      if (atom.axis === axis) stride = factor
    } else if (atom.kind === 'value' ? ofExpr(atom.expr, axis) : dependsOnAxis(atom.of, axis, ofExpr))
      return null
  }
  return stride
}

/** `12*a0 + a1 + 3`. */
export function printPosition<E extends HasId>(p: PositionOf<E>, printExpr: (expr: E) => string): string {
  const show = (atom: PositionAtom<E>): string => {
    switch (atom.kind) {
      case 'axis':
        return `i${atom.axis}`
      case 'value':
        return printExpr(atom.expr)
      case 'quotient':
        return `(${printPosition(atom.of, printExpr)})/${atom.by}`
      case 'remainder':
        return `(${printPosition(atom.of, printExpr)})%${atom.by}`
    }
  }
  const parts = p.terms.map((t) => (t.factor === 1 ? show(t.atom) : `${t.factor}*${show(t.atom)}`))
  if (p.constant !== 0 || parts.length === 0) parts.push(String(p.constant))
  return parts.join(' + ')
}
