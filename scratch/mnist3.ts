import { data, optim, numpy as np, random, lax, vmap, type NDArray } from 'cotangent'
import { model } from '../examples/models/cnnMnist.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
import { fit, acc } from './fit.js'
const images = await readImages(digitsFolder)
// affine with bilinear weights: sampling matrix per axis via hat function: W_y[n, i, r] = max(0, 1-|src_y - r|): separable only for shift+scale (no rotation)
const warp = (most: number, sc: number) => (x: NDArray, key: random.Key) => {
  const [n, h, w] = x.shape as [number, number, number]
  const hat = (k: random.Key, size: number) => {
    const c = np.arange(size).astype('float32')
    const sh = random.uniform(random.foldIn(k, 0), [n, 1, 1], { minval: -most, maxval: most })
    const scale = random.uniform(random.foldIn(k, 1), [n, 1, 1], { minval: 1 - sc, maxval: 1 + sc })
    const src = c.sub((size - 1) / 2).reshape([1, size, 1]).mul(scale).add(sh).add((size - 1) / 2)
    return np.maximum(np.subtract(1, np.abs(src.sub(c.reshape([1, 1, size])))), 0)
  }
  return np.matmul(np.matmul(hat(random.foldIn(key, 0), h), x), np.matrixTranspose(hat(random.foldIn(key, 1), w)))
}
for (const [epochs, lr, most, sc] of [[40, 3e-3, 0.7, 0], [40, 3e-3, 0.7, 0.15],[60,3e-3,1,0.15],[60,5e-3,1,0.15]] as any) {
const res = []
let s = 0
for (const seed of [0, 1, 2, 3, 4]) {
const [test, tr] = data.split(data.shuffle(images.dataset, seed), 0.2)
const m = model()
const r = await fit(m, tr, test, { epochs, lr: (n: number) => optim.cosineDecaySchedule(lr, n), seed, quiet: true, augment: warp(most, sc) })
res.push((await acc(m, r, test)).toFixed(4)); s += r.seconds
}
console.log(epochs, lr, most, sc, res.join(' '), s/5)
}
process.exit()
