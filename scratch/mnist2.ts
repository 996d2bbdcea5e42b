import { data, optim, numpy as np, random, lax, vmap, type NDArray } from 'cotangent'
import { model } from '../examples/models/cnnMnist.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
import { fit, acc } from './fit.js'
const images = await readImages(digitsFolder)
const shift = (x: NDArray, key: random.Key) => {
  const [n, h, w] = x.shape as [number, number, number]
  const padded = np.pad(x, [[0, 0], [1, 1], [1, 1]])
  const o = random.randint(key, { minval: 0, maxval: 3, shape: [n, 2] })
  return vmap((im: NDArray, o: NDArray) => lax.dynamicSlice(im, [o.slice(0), o.slice(1)], [h, w]))(padded, o)
}
for (const [epochs, lr, aug] of [[10, 5e-3, 0], [30, 3e-3, 0], [30, 3e-3, 1],[60,3e-3,1]] as any) {
const res = []
let s = 0
for (const seed of [0, 1, 2, 3, 4]) {
const [test, tr] = data.split(data.shuffle(images.dataset, seed), 0.2)
const m = model()
const r = await fit(m, tr, test, { epochs, lr: (n: number) => optim.cosineDecaySchedule(lr, n), seed, quiet: true, augment: aug ? shift : undefined })
res.push((await acc(m, r, test)).toFixed(4)); s += r.seconds
}
console.log(epochs, lr, aug, res.join(' '), s/5)
}
process.exit()
