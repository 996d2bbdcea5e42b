import { data, nn, optim, random, train } from 'cotangent'
import { colourShapes } from '../examples/support/colourShapes.js'
import { model } from '../examples/models/cnnCifar.js'
for (const [seed, n, B, lr, E] of [[0, 4000, 64, 2e-3, 8]] as any) {
const tr = colourShapes(2 * seed, n), va = colourShapes(2 * seed + 1, 1000)
const steps = E * Math.ceil(n / B)
await train.fit({ model: model(), loss: nn.losses.softmaxCrossEntropy, optimizer: optim.adam(optim.cosineDecaySchedule(lr, steps)), data: tr, validation: va, batchSize: B, epochs: E, key: random.key(seed), metrics: { accuracy: nn.metrics.accuracy() }, callbacks: [train.progress({secondsBetween: 100})] })
}
process.exit()
