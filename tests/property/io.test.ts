// Laws of files: what is written is read, for trees and names of any kind and every dtype.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { io, defaultDevice, tree } from 'cotangent'
import { trees } from 'cotangent/testing/arbitraries'
import { dtypes, hostArray, integerRange, isFloat, roundTo, type DType } from '../../src/core/dtype.js'
import { sizeOf } from '../../src/core/shape.js'
import { law } from './support.js'

defaultDevice('reference')

function elements(dtype: DType): fc.Arbitrary<number> {
  if (dtype === 'bool') return fc.nat(1)
  if (isFloat(dtype)) return fc.double({ noNaN: false }).map((x) => roundTo(dtype, x))
  return fc.integer(integerRange(dtype))
}

const tensors = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }))
  .chain(([dtype, shape]) =>
    fc.array(elements(dtype), { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((numbers) => {
      const data = hostArray(dtype, numbers.length)
      data.set(numbers)
      return { data, shape, dtype }
    }),
  )
const names = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '.', '\n', '\u0000', 'é', '😀', '_'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
})
const flat = fc.dictionary(
  names.filter((name) => name !== '__metadata__'),
  tensors,
  { noNullPrototype: true },
)
const texts = fc.dictionary(names, names, { noNullPrototype: true })

law('safetensors: decode∘encode = id', fc.tuple(flat, texts), 200, async ([given, metadata]) => {
  const read = await io.readSafetensors(io.encodeSafetensors(given, { metadata }))
  expect(read).toEqual({ tensors: given, metadata })
})

law('safetensors: encode∘decode = id', flat, 100, async (given) => {
  const bytes = io.encodeSafetensors(given)
  expect(io.encodeSafetensors((await io.readSafetensors(bytes)).tensors)).toEqual(bytes)
  // Elements begin at a multiple of 8, and so does each tensor at one of its own width.
  expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0)
})

law('npy: decode∘encode = id, bfloat16 as float32', tensors, 200, async (given) => {
  const dtype = given.dtype === 'bfloat16' ? 'float32' : given.dtype
  expect(await io.readNpy(io.encodeNpy(given))).toEqual({ ...given, dtype })
})

law('npz: read∘write = id', fc.tuple(flat, fc.boolean()), 50, async ([given, compress]) => {
  const written = Object.fromEntries(Object.entries(given).filter(([, { dtype }]) => dtype !== 'bfloat16'))
  // A name with dots is a leaf of this flat tree like any other.
  expect(await io.readNpz(await io.toNpz(written, { compress }))).toEqual(written)
})

law('a tree that is saved is loaded into its structure', trees(tensors), 100, async (given) => {
  const isLeaf = (x: unknown): boolean => typeof x === 'object' && x !== null && 'dtype' in x && 'data' in x
  const [leaves, treedef] = tree.flatten(given, isLeaf)
  const empty = tree.unflatten(
    treedef,
    leaves.map((leaf) => ({ shape: (leaf as io.HostTensor).shape, dtype: (leaf as io.HostTensor).dtype })),
  )
  let file: Uint8Array
  // Keys with dots may collide, and keys may be what the format has no text for.
  try {
    file = await io.toSafetensors(given)
  } catch (error) {
    expect(String(error)).toMatch(/two leaves of this name|well-formed text|__metadata__/)
    return
  }
  const { tensors: read } = await io.readSafetensors(file)
  const loaded = io.loadInto(empty, read)
  expect(loaded.report.loaded.length).toBe(leaves.length)
  tree.leaves(loaded.tree).forEach((leaf, i) => {
    const { data, shape, dtype } = leaves[i] as io.HostTensor
    const array = leaf as { dataSync(): unknown; shape: readonly number[]; dtype: DType }
    expect([array.shape, array.dtype]).toEqual([shape, dtype])
    expect(array.dataSync()).toEqual(data)
  })
})
