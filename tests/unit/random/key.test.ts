// Keys: where they come from, how they split, how they pass through transformations. That their bits are JAX's is
// shown by the conformance file `random`.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  numpy as np,
  random,
  tree,
  vmap,
  type NDArray,
} from '../../../src/index.js'

defaultDevice('reference')

const words = (key: random.Key): unknown => random.keyData(key).js()

describe('keys', () => {
  it('hold the low 32 bits of the seed', () => {
    expect(words(random.key(7))).toEqual([0, 7])
    expect(words(random.key(-1))).toEqual([0, 0xffffffff])
    expect(words(random.key(2 ** 32 + 5))).toEqual([0, 5])
    expect(words(random.key(np.array(-1, { dtype: 'int32' })))).toEqual([0, 0xffffffff])
  })

  it('split into keys that iterate', () => {
    const keys = random.split(random.key(3), 4)
    expect(keys.shape).toEqual([4])
    const list = [...keys].map(words)
    expect(list).toEqual(random.keyData(keys).js())
    expect(new Set(list.map(String)).size).toBe(4)
    expect(random.split(random.key(3), [2, 2]).shape).toEqual([2, 2])
  })

  it('are prefix-stable: the first of many keys are those of few', () => {
    const few = random.keyData(random.split(random.key(9), 3)).js()
    expect(
      random
        .keyData(random.split(random.key(9), 10))
        .slice([0, 3])
        .js(),
    ).toEqual(few)
  })

  it('are pytrees', () => {
    const state = { key: random.key(1), step: np.array(0) }
    expect(tree.leaves(state)).toHaveLength(2)
    const copy = tree.unflatten(tree.structure(state), tree.leaves(state)) as typeof state
    expect(copy.key).toBeInstanceOf(random.Key)
  })

  it('pass through jit and vmap', () => {
    const draw = (key: random.Key): NDArray => random.normal(key, [3])
    const next = jit((key: random.Key) => random.split(key)) as (key: random.Key) => random.Key
    expect(words(next(random.key(5)))).toEqual(words(random.split(random.key(5))))
    const keys = random.split(random.key(2), 4)
    const batched = vmap(draw)(keys)
    expect(batched.js()).toEqual([...keys].map((key) => draw(key).js()))
  })

  it('are constants for grad', () => {
    const f = (scale: NDArray): NDArray => random.normal(random.key(0), [4]).mul(scale).sum()
    expect(grad(f)(np.array(2)).item()).toBeCloseTo(random.normal(random.key(0), [4]).sum().item(), 6)
  })

  it.each<[string, () => unknown, string]>([
    [
      'a number as a key',
      () => random.normal(5 as unknown as random.Key),
      'key must be a key made by random.key or random.split, got number',
    ],
    [
      'an array as a key',
      () => random.bits(np.zeros([2], { dtype: 'uint32' }) as unknown as random.Key),
      'random.wrapKeyData',
    ],
    ['many keys as one', () => random.bits(random.split(random.key(0))), 'one key (shape [])'],
    ['iterating over one key', () => [...random.key(0)], 'random.split'],
    ['a fraction as a seed', () => random.key(0.5), 'a whole number'],
    ['a float array as a seed', () => random.key(np.array(1)), 'an integer'],
    ['a vector as a seed', () => random.key(np.array([1], { dtype: 'int32' })), 'vmap'],
    ['words of a wrong dtype', () => random.wrapKeyData(np.zeros([2])), 'uint32'],
    [
      'words of a wrong shape',
      () => random.wrapKeyData(np.zeros([3], { dtype: 'uint32' })),
      'a last axis of size 2',
    ],
  ])('report %s', (_, call, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
  })
})
