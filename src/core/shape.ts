/**
 * Shapes and axes: sizes, strides, broadcasting, axis normalisation. Plain functions over number lists.
 */

import { fail } from './errors.js'

export type Shape = readonly number[]

/** The number of elements of an array of this shape. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (const d of shape) size *= d
  return size
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i] ?? 1
  }
  return strides
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** [0, 1, …, n - 1]. */
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Checks that `shape` is a list of whole, non-negative sizes. */
export function checkShape(shape: Shape, operation: string): void {
  if (!Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    fail('argument', {
      operation,
      argument: 'shape',
      received: JSON.stringify(shape) ?? String(shape),
      expected: 'a list of whole numbers >= 0',
    })
  }
}

/** The non-negative form of `axis`; an error where it is out of range. */
export function normalizeAxis(axis: number, shape: Shape, operation: string): number {
  const rank = shape.length
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) fail('axis', { operation, axis, shape })
  return axis < 0 ? axis + rank : axis
}

/** Non-negative, sorted, distinct axes; `null` means all of them. */
export function normalizeAxes(
  axes: number | readonly number[] | null | undefined,
  shape: Shape,
  operation: string,
): number[] {
  if (axes === null || axes === undefined) return range(shape.length)
  const list = typeof axes === 'number' ? [axes] : axes
  const normal = list.map((axis) => normalizeAxis(axis, shape, operation))
  if (new Set(normal).size !== normal.length) fail('axis', { operation, axis: list, shape })
  return normal.sort((a, b) => a - b)
}

/** The shape that all of `shapes` broadcast to, by NumPy's rule. */
export function broadcastShapes(shapes: readonly Shape[], operation: string): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const out = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i
      const d = shape[i] ?? 1
      if (d === 1) continue
      if (out[at] !== 1 && out[at] !== d) {
        fail('shape', {
          operation,
          shapes,
          expected: 'shapes that broadcast (aligned at the right, sizes equal or 1)',
          fix: 'Reshape or expandDims one of them.',
        })
      }
      out[at] = d
    }
  }
  return out
}

/** `list` without the positions in `drop`. */
export const without = <T>(list: readonly T[], drop: readonly number[]): T[] =>
  list.filter((_, i) => !drop.includes(i))

/** `list` with `item` inserted at `position`. */
export const inserted = <T>(list: readonly T[], position: number, item: T): T[] => [
  ...list.slice(0, position),
  item,
  ...list.slice(position),
]

/** The position of each element of `permutation` in it: q[p[i]] = i. */
export function inversePermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length)
  permutation.forEach((p, i) => {
    inverse[p] = i
  })
  return inverse
}
