/**
 * The signature of a jit call: structure and avals of its arrays, and its static values. Matching walks the
 * arguments along a known structure and compares references; it is the hot path of every call.
 */

import { showAval, type Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { defaultDType } from '../core/dtype.js'
import { NDArray } from '../core/ndarray.js'
import { sameTree, type TreeDef } from '../core/tree.js'
import { argumentPath } from './arguments.js'
import { sameStatic, showStatic } from './staticValues.js'

export interface Signature {
  readonly argumentCount: number
  /** The positions of the arguments that are not static. */
  readonly positions: readonly number[]
  /** The structure of the list of those. */
  readonly treedef: TreeDef
  readonly avals: readonly Aval[]
  /** The static arguments by position. */
  readonly statics: ReadonlyMap<number, unknown>
}

/** Whether `node` has the structure `def` and the next avals; its arrays are appended to `inputs`. */
export function matchTree(
  def: TreeDef,
  node: unknown,
  avals: readonly Aval[],
  inputs: NDArray[],
  first: number,
): boolean {
  switch (def.kind) {
    case 'leaf': {
      const x =
        node instanceof NDArray
          ? node
          : typeof node === 'number' || typeof node === 'boolean'
            ? constant(node, defaultDType(node))
            : null
      if (x === null || x.aval !== avals[inputs.length - first]) return false
      inputs.push(x)
      return true
    }
    case 'null':
      return node === null || node === undefined
    case 'list': {
      if (!Array.isArray(node) || node.length !== def.children.length) return false
      const items: readonly unknown[] = node
      return def.children.every((child, i) => matchTree(child, items[i], avals, inputs, first))
    }
    case 'object':
      return matchObject(def, node, avals, inputs, first)
    case 'class': {
      if (typeof node !== 'object' || node === null || node.constructor !== def.type.constructor) return false
      const { children, aux } = def.type.flatten(node)
      // Data that is equal without being the same takes the slow way.
      return (
        aux === def.aux &&
        def.children.every((child, i) => matchTree(child, children[i], avals, inputs, first))
      )
    }
  }
}

function matchObject(
  def: TreeDef & { readonly kind: 'object' },
  node: unknown,
  avals: readonly Aval[],
  inputs: NDArray[],
  first: number,
): boolean {
  if (typeof node !== 'object' || node === null || node instanceof NDArray || Array.isArray(node))
    return false
  const prototype: unknown = Object.getPrototypeOf(node)
  if (prototype !== Object.prototype && prototype !== null) return false
  const record = node as Readonly<Record<string, unknown>>
  let count = 0
  for (const _ in record) count++
  if (count !== def.keys.length) return false
  for (let i = 0; i < def.keys.length; i++) {
    const key = def.keys[i] as string
    if (
      !Object.hasOwn(record, key) ||
      !matchTree(def.children[i] as TreeDef, record[key], avals, inputs, first)
    )
      return false
  }
  return true
}

const sameAvals = (a: readonly Aval[], b: readonly Aval[]): boolean =>
  a.length === b.length && a.every((aval, i) => aval === b[i])

const sameStatics = (a: Signature, b: Signature): boolean =>
  [...a.statics].every(([i, value]) => sameStatic(value, b.statics.get(i)))

export const sameSignature = (a: Signature, b: Signature): boolean =>
  a.argumentCount === b.argumentCount &&
  sameAvals(a.avals, b.avals) &&
  sameStatics(a, b) &&
  sameTree(a.treedef, b.treedef)

/** What made a new trace necessary, in words: how the call differs from the earlier one that is most like it. */
export function explainMiss(before: readonly Signature[], now: Signature, first: boolean): string {
  if (first) return 'first call'
  const alike = before.filter(({ treedef }) => sameTree(treedef, now.treedef))
  const differences = (alike.length > 0 ? alike : before).map((signature) => differencesOf(signature, now))
  const [fewest] = differences.sort((a, b) => a.length - b.length)
  return fewest?.join('; ') ?? 'a value that it closes over belongs to a trace that has ended'
}

function differencesOf(before: Signature, now: Signature): string[] {
  if (before.argumentCount !== now.argumentCount) {
    return [`the number of arguments changed from ${before.argumentCount} to ${now.argumentCount}`]
  }
  const statics = [...now.statics].flatMap(([i, value]) => {
    const old = before.statics.get(i)
    return sameStatic(old, value)
      ? []
      : [`static argument ${i} changed from ${showStatic(old)} to ${showStatic(value)}`]
  })
  const [old, structure] = [before.treedef, now.treedef]
  if (!sameTree(old, structure)) {
    const changed = now.positions.filter((_, i) => !sameTree(childOf(old, i), childOf(structure, i)))
    return [...statics, ...changed.map((position) => `the structure of argument ${position} changed`)]
  }
  const avals = now.avals.flatMap((aval, i) => {
    const was = before.avals[i]
    return was === undefined || was === aval
      ? []
      : [`${argumentPath(structure, i, now.positions)} changed from ${showAval(was)} to ${showAval(aval)}`]
  })
  return [...statics, ...avals]
}

const childOf = (def: TreeDef, i: number): TreeDef => (def.kind === 'list' ? (def.children[i] ?? def) : def)
