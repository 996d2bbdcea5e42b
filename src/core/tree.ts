/**
 * Pytrees: arrays and scalars in tuples, plain objects, null and registered classes.
 * flatten: tree → leaves + structure; unflatten: structure + leaves → tree. Object keys are ordered by name.
 */

import { fail, invariant } from './errors.js'
import { NDArray } from './ndarray.js'

/** A tree over leaves of type `L`; `null` is an empty subtree. */
export type Tree<L> = L | null | readonly Tree<L>[] | { readonly [key: string]: Tree<L> }

/** `T` with every array or number leaf replaced by `R`: `MapTree<typeof params, string>`. */
export type MapTree<T, R> = T extends NDArray | number | boolean
  ? R
  : T extends null
    ? null
    : T extends readonly unknown[] | object
      ? { [K in keyof T]: MapTree<T[K], R> }
      : T

/** The structure of a tree without its leaves. Structures are compared with `sameTree`. */
export type TreeDef =
  | { readonly kind: 'leaf'; readonly size: 1 }
  | { readonly kind: 'null'; readonly size: 0 }
  | { readonly kind: 'list'; readonly children: readonly TreeDef[]; readonly size: number }
  | {
      readonly kind: 'object'
      readonly keys: readonly string[]
      readonly children: readonly TreeDef[]
      readonly size: number
    }
  | {
      readonly kind: 'class'
      readonly type: RegisteredClass
      readonly aux: unknown
      readonly children: readonly TreeDef[]
      readonly size: number
    }

interface RegisteredClass {
  readonly constructor: new (...args: never[]) => object
  readonly flatten: (node: object) => { readonly children: readonly unknown[]; readonly aux: unknown }
  readonly unflatten: (aux: unknown, children: readonly unknown[]) => object
}

const leafDef: TreeDef = { kind: 'leaf', size: 1 }
const nullDef: TreeDef = { kind: 'null', size: 0 }
const classes = new Map<unknown, RegisteredClass>()

/**
 * Makes instances of a class trees: `flatten` gives children and static data, `unflatten` is its inverse.
 * Static data is compared with `===` or as JSON.
 *
 * @example
 * ```ts
 * import { tree, numpy as np, type NDArray } from 'cotangent'
 * class Point { constructor(readonly x: NDArray, readonly y: NDArray) {} }
 * tree.registerClass(Point, (p) => ({ children: [p.x, p.y], aux: null }), (_, [x, y]) => new Point(x as NDArray, y as NDArray))
 * tree.leaves(new Point(np.zeros([2]), np.ones([2]))).length // 2
 * ```
 */
export function registerClass<T extends object>(
  constructor: new (...args: never[]) => T,
  flattenNode: (node: T) => { readonly children: readonly unknown[]; readonly aux: unknown },
  unflattenNode: (aux: unknown, children: readonly unknown[]) => T,
): void {
  classes.set(constructor, {
    constructor,
    flatten: (node) => flattenNode(node as T),
    unflatten: unflattenNode,
  })
}

const isPlainObject = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

function walk(node: unknown, leaves: unknown[], isLeaf: ((x: unknown) => boolean) | undefined): TreeDef {
  if (isLeaf?.(node) === true || node instanceof NDArray) {
    leaves.push(node)
    return leafDef
  }
  if (node === null || node === undefined) return nullDef
  if (Array.isArray(node)) {
    const children = node.map((child) => walk(child, leaves, isLeaf))
    return { kind: 'list', children, size: total(children) }
  }
  if (typeof node === 'object') {
    const type = classes.get(node.constructor)
    if (type !== undefined) {
      const { children: parts, aux } = type.flatten(node)
      const children = parts.map((child) => walk(child, leaves, isLeaf))
      return { kind: 'class', type, aux, children, size: total(children) }
    }
    if (isPlainObject(node)) {
      const keys = Object.keys(node).sort()
      const children = keys.map((key) => walk((node as Record<string, unknown>)[key], leaves, isLeaf))
      return { kind: 'object', keys, children, size: total(children) }
    }
  }
  leaves.push(node)
  return leafDef
}

const total = (children: readonly TreeDef[]): number => children.reduce((sum, child) => sum + child.size, 0)

/** Leaves in order, and the structure to put them back. Anything that is not a container is a leaf. */
export function flatten(
  tree: unknown,
  isLeaf?: (x: unknown) => boolean,
): [leaves: unknown[], treedef: TreeDef] {
  const leaves: unknown[] = []
  const treedef = walk(tree, leaves, isLeaf)
  return [leaves, treedef]
}

/** The tree of structure `treedef` with these leaves. */
export function unflatten(treedef: TreeDef, leaves: readonly unknown[]): unknown {
  if (leaves.length !== treedef.size) {
    fail('tree', {
      operation: 'tree.unflatten',
      path: 'the root',
      expected: `${treedef.size} leaves`,
      received: `${leaves.length}`,
    })
  }
  let at = 0
  const build = (def: TreeDef): unknown => {
    switch (def.kind) {
      case 'leaf':
        return leaves[at++]
      case 'null':
        return null
      case 'list':
        return def.children.map(build)
      case 'object':
        return record(
          def.keys,
          def.keys.map((_, i) => build(child(def, i))),
        )
      case 'class':
        return def.type.unflatten(def.aux, def.children.map(build))
    }
  }
  return build(treedef)
}

/** An object with these keys; assignment is much faster than Object.fromEntries, but `__proto__` would not be a key. */
function record(keys: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  if (keys.includes('__proto__')) return Object.fromEntries(keys.map((key, i) => [key, values[i]]))
  const made: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) made[keys[i] as string] = values[i]
  return made
}

function child(def: { readonly children: readonly TreeDef[] }, i: number): TreeDef {
  const found = def.children[i]
  invariant(found !== undefined, 'a tree structure has fewer children than keys')
  return found
}

/** The leaves in order. */
export const leaves = (tree: unknown): unknown[] => flatten(tree)[0]
export const structure = (tree: unknown): TreeDef => flatten(tree)[1]

export function sameTree(a: TreeDef, b: TreeDef): boolean {
  return a === b || difference(a, b, '') === null
}

const describe = (def: TreeDef): string => {
  switch (def.kind) {
    case 'leaf':
      return 'a leaf'
    case 'null':
      return 'null'
    case 'list':
      return `a list of ${def.children.length}`
    case 'object':
      return `an object with keys {${def.keys.join(', ')}}`
    case 'class':
      return `a ${def.type.constructor.name}`
  }
}

const sameAux = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

interface Difference {
  readonly path: string
  readonly expected: string
  readonly received: string
}

/** The first place where two structures differ, or null. */
function difference(a: TreeDef, b: TreeDef, path: string): Difference | null {
  const here = { path: path === '' ? 'the root' : path, expected: describe(a), received: describe(b) }
  if (a.kind !== b.kind) return here
  if (a.kind === 'leaf' || a.kind === 'null' || b.kind === 'leaf' || b.kind === 'null') return null
  if (a.children.length !== b.children.length) return here
  if (a.kind === 'object' && b.kind === 'object' && a.keys.some((key, i) => key !== b.keys[i])) return here
  if (a.kind === 'class' && b.kind === 'class' && (a.type !== b.type || !sameAux(a.aux, b.aux))) return here
  for (let i = 0; i < a.children.length; i++) {
    const found = difference(child(a, i), child(b, i), path + step(a, i))
    if (found !== null) return found
  }
  return null
}

const step = (def: TreeDef, i: number): string =>
  def.kind === 'object' ? `.${def.keys[i] ?? '?'}` : `[${i}]`

/** Throws, naming the path, unless the structures are equal. */
export function checkSameTree(expected: TreeDef, received: TreeDef, operation: string, fix?: string): void {
  if (expected === received) return
  const found = difference(expected, received, '')
  if (found !== null) fail('tree', { operation, ...found, ...(fix === undefined ? {} : { fix }) })
}

/** The path of every leaf, as `.layers[0].w`. */
export function leafPaths(treedef: TreeDef): string[] {
  const paths: string[] = []
  const visit = (def: TreeDef, path: string): void => {
    if (def.kind === 'leaf') paths.push(path)
    else if (def.kind !== 'null') def.children.forEach((c, i) => visit(c, path + step(def, i)))
  }
  visit(treedef, '')
  return paths
}

/**
 * Applies `f` to the leaves of `tree` (and of further trees of the same structure), giving a tree of the results.
 *
 * @example
 * ```ts
 * import { tree } from 'cotangent'
 * tree.map((x: number, y: number) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] }) // { a: 11, b: [22] }
 * ```
 */
export function map<T, R>(f: (...leaves: never[]) => R, tree: T, ...rest: readonly unknown[]): MapTree<T, R> {
  const [first, treedef] = flatten(tree)
  const others = rest.map((other) => {
    const [otherLeaves, otherDef] = flatten(other)
    checkSameTree(treedef, otherDef, 'tree.map')
    return otherLeaves
  })
  const call = f as (...leaves: unknown[]) => R
  return unflatten(
    treedef,
    first.map((leaf, i) => call(leaf, ...others.map((o) => o[i]))),
  ) as MapTree<T, R>
}

/** Folds the leaves from the left. */
export function reduce<R>(f: (accumulator: R, leaf: never) => R, tree: unknown, initializer: R): R {
  const call = f as (accumulator: R, leaf: unknown) => R
  return leaves(tree).reduce<R>((accumulator, leaf) => call(accumulator, leaf), initializer)
}
