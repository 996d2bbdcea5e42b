import { data, nn, random, train } from 'cotangent'
import { setup, small, large } from '../examples/models/cnnMnist.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
const images = await readImages('/work/shared/data/mnist')
const [tr, te] = data.split(images.dataset, 0.9)
for (const seed of [0, 1]) {
const run = await train.fit({ ...setup(tr, 10, 10, 128), validation: te, metrics: { accuracy: nn.metrics.accuracy() }, epochs: 10, key: random.key(seed), callbacks: [train.progress()] })
}
process.exit()
