/**
 * Trees as flat lists of names, and back: the leaf `tree.params[0].kernel` is called `params.0.kernel`, as in PyTorch's
 * state dicts. Tree ↔ { name: tensor }.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import { isHostTensor, type HostTensor } from './host.js'

/** What a tree that is saved may hold; numbers and booleans are saved as arrays without axes. */
export type SavedLeaf = NDArray | HostTensor | number | boolean

/** The name of every leaf of a tree structure, in order; an error where two are the same. */
export function leafNames(treedef: tree.TreeDef, operation: string): string[] {
  const names: string[] = []
  const visit = (def: tree.TreeDef, path: readonly string[]): void => {
    if (def.kind === 'leaf') names.push(path.join('.'))
    else if (def.kind !== 'null')
      def.children.forEach((child, i) =>
        visit(child, [...path, def.kind === 'object' ? (def.keys[i] ?? '') : String(i)]),
      )
  }
  visit(treedef, [])
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      fail('tree', {
        operation,
        path: name,
        expected: 'leaves with different names',
        received: 'two leaves of this name',
        fix: 'Keys with dots collide with nested keys.',
      })
    seen.add(name)
  }
  return names
}

const isSaved = (x: unknown): x is SavedLeaf =>
  x instanceof NDArray || isHostTensor(x) || typeof x === 'number' || typeof x === 'boolean'

/**
 * The leaves of a tree by name: keys and positions on the way to a leaf, joined by dots. `null` has no leaves.
 * Errors: `tree` for leaves that are not arrays, host tensors, numbers or booleans, and for equal names.
 *
 * @example
 * ```ts
 * import { io, numpy as np } from 'cotangent'
 * const flat = io.flattenNames({ params: [{ kernel: np.ones([2, 3]), bias: np.zeros([3]) }, null], step: 7 })
 * console.log(Object.keys(flat)) // ['params.0.bias', 'params.0.kernel', 'step']
 * ```
 */
export function flattenNames(given: unknown): Readonly<Record<string, SavedLeaf>> {
  const operation = 'io.flattenNames'
  const [leaves, treedef] = tree.flatten(given, isSaved)
  const names = leafNames(treedef, operation)
  return Object.fromEntries(
    leaves.map((leaf, i) => {
      const name = names[i] ?? ''
      if (isSaved(leaf)) return [name, leaf]
      const expected = 'an array, { data, shape, dtype }, a number or a boolean'
      return fail('tree', { operation, path: name, expected, received: typeof leaf })
    }),
  )
}

/** Reads every leaf of a tree to the host, by name. */
export async function toHostTensors(given: unknown): Promise<Readonly<Record<string, HostTensor>>> {
  const leaves = Object.entries(flattenNames(given))
  // All reads are asked for before the first is waited for: a device answers them together.
  return Object.fromEntries(
    await Promise.all(leaves.map(async ([name, leaf]) => [name, await toHost(leaf)] as const)),
  )
}

export async function toHost(leaf: SavedLeaf): Promise<HostTensor> {
  if (typeof leaf === 'number') return { data: Float64Array.of(leaf), shape: [], dtype: 'float64' }
  if (typeof leaf === 'boolean') return { data: Uint8Array.of(leaf ? 1 : 0), shape: [], dtype: 'bool' }
  if (!(leaf instanceof NDArray)) return leaf
  return { data: await leaf.data(), shape: leaf.shape, dtype: leaf.dtype }
}
