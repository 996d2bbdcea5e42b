import { data } from 'cotangent'
import { model } from '../examples/models/cnnMnist.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
import { fit, acc } from './fit.js'
const images = await readImages(digitsFolder)
for (const seed of [0, 1, 2]) {
const [test, tr] = data.split(data.shuffle(images.dataset, seed), 0.2)
const m = model()
const r = await fit(m, tr, test, { epochs: 10, lr: 2e-3, seed, batchSize: Number(process.argv[2] ?? 128), quiet: true })
console.log('cnn', await acc(m, r, test), r.seconds)
}
process.exit()
