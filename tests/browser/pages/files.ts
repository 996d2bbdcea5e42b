// Files in a page: written to Blobs and read from URLs of them, where there is no Node to help.

import { data, io, numpy as np } from '../../../src/index.js'

const urlOf = (bytes: Uint8Array): string => URL.createObjectURL(new Blob([Uint8Array.from(bytes)]))

export async function run() {
  const tree = { w: np.array([[1.5, -2]]), h: np.array([0.25], { dtype: 'float16' }) }
  const { tensors, metadata } = await io.readSafetensors(
    urlOf(await io.toSafetensors(tree, { metadata: { a: 'b' } })),
  )
  const npz = await io.readNpz(urlOf(await io.toNpz(tree, { compress: true })))
  const image = await data.readPng(urlOf(await data.toPng(np.array([[0, 0.2, 1]]))))
  const table = await data.readCsv(urlOf(new TextEncoder().encode('a,b\n1,"x, y"\n')))
  const failure = await io.writeNpy('x.npy', np.ones([1])).catch((error: unknown) => String(error))
  const batches: unknown[] = []
  for await (const batch of data.prefetch(data.batches(data.fromArrays(np.arange(3)), 2)))
    batches.push(await batch.jsAsync())
  return {
    names: Object.keys(tensors),
    metadata,
    w: [...(tensors['w']?.data ?? [])],
    npz: [...(npz['h']?.data ?? [])],
    pixels: [...image.data],
    text: table.columns['b'],
    failure,
    batches,
  }
}
