// Laws of pytrees: taking apart and putting together again changes nothing, and the order of keys does not matter.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { tree } from 'cotangent'
import { trees } from 'cotangent/testing/arbitraries'
import { law } from './support.js'

const numbers = trees(fc.integer())

law('unflatten∘flatten = id', numbers, 200, (t) => {
  const [leaves, treedef] = tree.flatten(t)
  expect(treedef.size).toBe(leaves.length)
  expect(tree.unflatten(treedef, leaves)).toEqual(t)
})
law('flatten∘unflatten = id', numbers, 200, (t) => {
  const [leaves, treedef] = tree.flatten(t)
  const renamed = leaves.map((_, i) => i)
  const [again, same] = tree.flatten(tree.unflatten(treedef, renamed))
  expect(again).toEqual(renamed)
  expect(tree.sameTree(same, treedef)).toBe(true)
})
law('mapping the identity, and mapping twice', numbers, 200, (given) => {
  // The type of a tree mapped twice is too deep to compute.
  const t = given as number[]
  expect(tree.map((x: number) => x, t)).toEqual(t)
  const double = (x: number): number => 2 * x
  expect(tree.map(double, tree.map(double, t))).toEqual(tree.map((x: number) => 4 * x, t))
})
law(
  'the order in which keys are written does not matter',
  fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
  200,
  (t) => {
    const reversed = Object.fromEntries(Object.entries(t).reverse())
    expect(tree.leaves(reversed)).toEqual(tree.leaves(t))
  },
)
law('there is one path for each leaf, all different', numbers, 200, (t) => {
  const paths = tree.leafPaths(tree.structure(t))
  expect(new Set(paths).size).toBe(tree.leaves(t).length)
})
