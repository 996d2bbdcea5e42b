/**
 * Loading by name: tensors of a file → the leaves of a tree that have their names, with a report of what did not fit.
 */

import type { DType } from '../core/dtype.js'
import { isDType, isFloat, roundTo, hostArray } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { sameShape, showShape, type Shape } from '../core/shape.js'
import * as tree from '../core/tree.js'
import { checkHostTensor, toDevice, type HostTensor } from './host.js'
import { leafNames } from './names.js'

/**
 * How names of a file become names of leaves: a table (names that are not in it stay), a list of patterns and
 * replacements (as of `String.replace`, one after the other), or a function; null leaves a tensor out.
 */
export type Rename =
  | Readonly<Record<string, string | null>>
  | readonly (readonly [pattern: RegExp, replacement: string])[]
  | ((name: string) => string | null)

export interface LoadOptions {
  readonly rename?: Rename
  /** Whether anything missing, unexpected or mismatched is an error; default true. */
  readonly strict?: boolean
}

/** A tensor that does not fit the leaf of its name. */
export interface Mismatch {
  readonly name: string
  readonly expected: string
  readonly received: string
}

/** What loading by name did. Names are those of leaves, unexpected ones those of the file. */
export interface LoadReport {
  readonly loaded: readonly string[]
  /** Leaves that no tensor has the name of; they keep their values. */
  readonly missing: readonly string[]
  /** Tensors that no leaf has the name of. */
  readonly unexpected: readonly string[]
  /** Leaves whose tensor has another shape or kind of dtype; they keep their values. */
  readonly mismatched: readonly Mismatch[]
}

/** A tree `T` of arrays, structs and numbers with arrays in the place of arrays and structs. */
export type Loaded<T> = T extends NDArray | Struct
  ? NDArray
  : T extends (...args: never[]) => unknown
    ? T
    : T extends readonly unknown[] | object
      ? { [K in keyof T]: Loaded<T[K]> }
      : T

/** What an array of a tree looks like, as `evalShape` gives it: enough to load into. */
interface Struct {
  readonly shape: Shape
  readonly dtype: DType
}

const isStruct = (x: unknown): x is Struct =>
  typeof x === 'object' &&
  x !== null &&
  'shape' in x &&
  'dtype' in x &&
  isDType(x.dtype) &&
  Array.isArray(x.shape)

/**
 * A tree like `given` with the values of the tensors that have the names of its leaves (`io.flattenNames`), as new
 * arrays on the default device. `given` holds arrays, numbers, or what `evalShape` gives; it is not changed.
 *
 * Shapes must agree. Floats become the dtype of the leaf; other dtypes must be the leaf's. Where `strict` is false,
 * leaves without a fitting tensor keep their value, and `report` says which. Errors: `tree` where `strict` is true and
 * something is missing, unexpected or mismatched, or where two tensors get one name.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const tensors = { 'encoder.weight': { data: new Float32Array([1, 2]), shape: [2], dtype: 'float32' } } as const
 * const params = { trunk: { kernel: np.zeros([2]) }, head: np.zeros([3]) }
 * const { tree, report } = io.loadInto(params, tensors, {
 *   rename: [[/^encoder/, 'trunk'], [/weight$/, 'kernel']],
 *   strict: false,
 * })
 * console.log(tree.trunk.kernel.js(), report.missing) // [1, 2] ['head']
 * ```
 */
export function loadInto<T>(
  given: T,
  tensors: Readonly<Record<string, HostTensor>>,
  { rename = {}, strict = true }: LoadOptions = {},
): { readonly tree: Loaded<T>; readonly report: LoadReport } {
  const operation = 'io.loadInto'
  const [leaves, treedef] = tree.flatten(given, isStruct)
  const names = leafNames(treedef, operation)
  const { byName, unexpected } = renamed(tensors, rename, new Set(names), operation)
  const loaded: string[] = []
  const missing: string[] = []
  const mismatched: Mismatch[] = []
  const next = leaves.map((leaf, i) => {
    const name = names[i] ?? ''
    const tensor = byName.get(name)
    if (tensor === undefined) {
      missing.push(name)
      return leaf
    }
    checkHostTensor(tensor, operation)
    const fitted = fit(leaf, tensor)
    if (fitted === null) {
      mismatched.push({ name, expected: describe(leaf), received: describe(tensor) })
      return leaf
    }
    loaded.push(name)
    return fitted
  })
  const report = { loaded, missing, unexpected, mismatched }
  if (strict) checkReport(report, operation)
  return { tree: tree.unflatten(treedef, next) as Loaded<T>, report }
}

function renamed(
  tensors: Readonly<Record<string, HostTensor>>,
  rename: Rename,
  wanted: ReadonlySet<string>,
  operation: string,
): { byName: ReadonlyMap<string, HostTensor>; unexpected: readonly string[] } {
  const byName = new Map<string, HostTensor>()
  const unexpected: string[] = []
  for (const [from, tensor] of Object.entries(tensors)) {
    const name = newName(from, rename)
    if (name === null) continue
    if (!wanted.has(name)) unexpected.push(from)
    else if (byName.has(name))
      fail('tree', {
        operation,
        path: name,
        expected: 'one tensor of this name',
        received: `another, ${from}`,
      })
    else byName.set(name, tensor)
  }
  return { byName, unexpected }
}

const isPatterns = (rename: Rename): rename is readonly (readonly [RegExp, string])[] => Array.isArray(rename)

function newName(name: string, rename: Rename): string | null {
  if (typeof rename === 'function') return rename(name)
  if (isPatterns(rename))
    return rename.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name)
  return Object.hasOwn(rename, name) ? (rename[name] ?? null) : name
}

/** The tensor as what the leaf is, or null. */
function fit(leaf: unknown, { data, shape, dtype }: HostTensor): unknown {
  if (typeof leaf === 'number' && shape.length === 0 && dtype !== 'bool') return data[0]
  if (typeof leaf === 'boolean' && shape.length === 0 && dtype === 'bool') return data[0] !== 0
  if (!(leaf instanceof NDArray || isStruct(leaf)) || !sameShape(leaf.shape, shape)) return null
  const to = leaf.dtype
  if (to === dtype) return toDevice({ data, shape, dtype })
  if (!(isFloat(to) && isFloat(dtype))) return null
  const converted = hostArray(to, data.length)
  for (let i = 0; i < data.length; i++) converted[i] = roundTo(to, data[i] ?? 0)
  return toDevice({ data: converted, shape, dtype: to })
}

const describe = (x: unknown): string =>
  x instanceof NDArray || isStruct(x) ? `${x.dtype} ${showShape(x.shape)}` : `a ${typeof x}`

function checkReport({ missing, unexpected, mismatched }: LoadReport, operation: string): void {
  const list = (names: readonly string[]): string =>
    names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')
  const complaints = [
    ...(missing.length === 0 ? [] : [`no tensor for ${list(missing)}`]),
    ...(unexpected.length === 0 ? [] : [`no leaf for ${list(unexpected)}`]),
    ...mismatched.slice(0, 8).map((m) => `${m.received} for ${m.name}, which is ${m.expected}`),
  ]
  if (complaints.length === 0) return
  fail('tree', {
    operation,
    path: missing[0] ?? unexpected[0] ?? mismatched[0]?.name ?? '',
    expected: 'a tensor that fits each leaf, and no others',
    received: complaints.join('; '),
    fix: 'Give `rename` where names differ, or { strict: false } to load what fits.',
  })
}
