// The shipped digits as datasets: a fifth is held out.

import { fileURLToPath } from 'node:url'
import { data } from '../../../src/index.js'

export async function digits() {
  const path = (name: string): string =>
    fileURLToPath(new URL(`../../../examples/data/digits/${name}-ubyte.gz`, import.meta.url))
  const { images, labels } = await data.readLabelledIdx(path('images-idx3'), path('labels-idx1'))
  const x = {
    ...images,
    dtype: 'float32',
    data: Float32Array.from(images.data, (pixel) => pixel / 16),
  } as const
  const y = { ...labels, dtype: 'int32', data: Int32Array.from(labels.data) } as const
  const [held, training] = data.split(data.shuffle(data.fromArrays({ x, y }), 0), 0.2)
  return { held, training }
}
