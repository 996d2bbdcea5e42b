/**
 * The numbers of a tensor recipe: a hash of the position, so that Python can make the same ones without a loop.
 * The hash is the finalizer of MurmurHash3. bench/peers/common.py holds the same in NumPy.
 */

import { sizeOf, type TensorSpec } from './workload.js'

function hash(position: number): number {
  let h = position
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export function tensorData({ shape, seed, scale, offset, oneHot }: TensorSpec): Float32Array<ArrayBuffer> {
  const data = new Float32Array(sizeOf(shape))
  if (oneHot) {
    const columns = shape[1] ?? 1
    for (let i = 0; i < (shape[0] ?? 0); i++) data[i * columns + ((i * 7) % columns)] = 1
    return data
  }
  const start = Math.imul(seed, 0x9e3779b1)
  for (let i = 0; i < data.length; i++)
    data[i] = offset + scale * ((hash((start + Math.imul(i, 0x9e3779b1)) | 0) / 2 ** 32) * 2 - 1)
  return data
}
