/**
 * Pytrees: order of leaves, inverse, registered classes, and paths in the messages of mistakes.
 */

import { describe, expect, test } from 'vitest'
import {
  checkSameTree,
  flatten,
  leafPaths,
  leaves,
  map,
  reduce,
  registerClass,
  sameTree,
  structure,
  unflatten,
} from '../../../src/core/tree.js'
import { constant } from '../../../src/core/constants.js'

class Pair {
  readonly first: unknown
  readonly second: unknown
  readonly label: string
  constructor(first: unknown, second: unknown, label: string) {
    this.first = first
    this.second = second
    this.label = label
  }
}
registerClass(
  Pair,
  (pair) => ({ children: [pair.first, pair.second], aux: pair.label }),
  (label, [first, second]) => new Pair(first, second, String(label)),
)

const tree = { w: [1, 2], b: { c: 3, a: null }, pair: new Pair(4, [5], 'p') }

describe('flatten', () => {
  test('orders object keys by name; null has no leaves', () => {
    expect(leaves(tree)).toEqual([3, 4, 5, 1, 2])
    expect(leaves({ b: 1, a: 2 })).toEqual([2, 1])
    expect(leaves(null)).toEqual([])
  })
  test('is undone by unflatten', () => {
    const [list, treedef] = flatten(tree)
    const back = unflatten(treedef, list) as typeof tree
    expect(back).toEqual(tree)
    expect(back.pair).toBeInstanceOf(Pair)
    expect(back.pair.label).toBe('p')
  })
  test('takes arrays, and whatever is no container, as leaves', () => {
    const x = constant(1, 'float32', [2])
    const f = (): number => 1
    const date = new Date(0)
    expect(leaves([x, f, 'text', date]).map((leaf, i) => leaf === [x, f, 'text', date][i])).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(leaves([[1], [2]])).toEqual([1, 2])
    expect(flatten([[1], [2]], (node) => Array.isArray(node) && node.length === 1)[0]).toEqual([[1], [2]])
  })
  test('names every leaf', () => {
    expect(leafPaths(structure(tree))).toEqual(['.b.c', '.pair[0]', '.pair[1][0]', '.w[0]', '.w[1]'])
  })
})

describe('structures', () => {
  test('are compared by kind, keys, class and static data', () => {
    expect(sameTree(structure(tree), structure({ ...tree }))).toBe(true)
    expect(sameTree(structure([1]), structure([1, 2]))).toBe(false)
    expect(sameTree(structure(new Pair(1, 2, 'p')), structure(new Pair(1, 2, 'q')))).toBe(false)
  })
  test('that differ are an error that names the path', () => {
    const differ = (a: unknown, b: unknown) => () => checkSameTree(structure(a), structure(b), 'tree.map')
    expect(differ({ a: [1, 2] }, { a: [1, [2]] })).toThrow(
      'tree.map: tree structures differ at .a[1]: expected a leaf, got a list of 1.',
    )
    expect(differ({ a: 1, b: 2 }, { a: 1, c: 2 })).toThrow(
      'at the root: expected an object with keys {a, b}, got an object with keys {a, c}.',
    )
    expect(differ([null], [1])).toThrow('at [0]: expected null, got a leaf.')
    expect(differ(new Pair(1, 2, 'p'), [1, 2])).toThrow('expected a Pair, got a list of 2')
  })
  test('need as many leaves as they have', () => {
    expect(() => unflatten(structure([1, 2]), [1])).toThrow(
      'tree.unflatten: tree structures differ at the root: expected 2 leaves, got 1.',
    )
  })
})

describe('map and reduce', () => {
  test('apply a function to matching leaves', () => {
    expect(map((x: number, y: number) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] })).toEqual({
      a: 11,
      b: [22],
    })
    expect(() => map((x: number) => x, [1], [1, 2])).toThrow('tree.map')
    expect(reduce((sum: number, x: number) => sum + x, tree, 100)).toBe(115)
  })
})
