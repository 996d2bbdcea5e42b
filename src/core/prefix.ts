/**
 * Trees that say something of another tree and may stop early: what they say of a subtree holds for all of it.
 * A structure and such a tree in → one value for each leaf.
 */

import type { TreeDef } from './tree.js'

/** What to do where a tree does not fit the structure: throw, naming the path. */
export type Mismatch = (def: TreeDef, received: unknown, path: string) => never

/** The value that `prefix` gives each leaf of `treedef`; `isValue` tells its values from its containers. */
export function prefixLeaves<V>(
  treedef: TreeDef,
  prefix: unknown,
  isValue: (x: unknown) => x is V,
  mismatch: Mismatch,
  root = '',
): V[] {
  const result: V[] = []
  const visit = (def: TreeDef, at: unknown, path: string): void => {
    if (isValue(at)) {
      for (let i = 0; i < def.size; i++) result.push(at)
    } else if (def.kind === 'null' && (at === null || at === undefined)) return
    else if (def.kind === 'list' && Array.isArray(at)) {
      if (at.length !== def.children.length) mismatch(def, at, path)
      const items: readonly unknown[] = at
      def.children.forEach((child, i) => visit(child, items[i], `${path}[${i}]`))
    } else if (def.kind === 'object' && typeof at === 'object' && at !== null && !Array.isArray(at)) {
      const keyed = at as Readonly<Record<string, unknown>>
      if (Object.keys(keyed).some((key) => !def.keys.includes(key))) mismatch(def, at, path)
      def.keys.forEach((key, i) => visit(def.children[i] as TreeDef, keyed[key], `${path}.${key}`))
    } else mismatch(def, at, path)
  }
  visit(treedef, prefix, root)
  return result
}

/** A structure in words, for the messages of mismatches. */
export function describePlace(def: TreeDef): string {
  if (def.kind === 'list') return `a list of ${def.children.length}`
  if (def.kind === 'object') return `{${def.keys.join(', ')}}`
  return def.kind === 'class' ? `a ${def.type.constructor.name}` : def.kind === 'leaf' ? 'an array' : 'null'
}
