import { data, nn, numpy as np, optim, random, train, jit } from 'cotangent'
import { gan, noiseSize } from '../examples/models/gan.js'
import { setup, small } from '../examples/models/cnnMnist.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
import { imageGrid } from '../examples/support/picture/imageGrid.js'
import { writeFileSync } from 'node:fs'
const images = await readImages(digitsFolder)
const px = 64
const cs = setup(images.dataset, 30, 10, 64)
const cnn = await train.fit({ ...cs, epochs: 30, key: random.key(7) })
const only = { ...images.dataset, tensors: { x: images.dataset.tensors.x } }
for (const [seed, width, B] of [[0, 256, 64], [1, 256, 64], [0,128,64]] as any) {
  const g = gan(px, width)
  const noise = random.normal(random.key(99), [500, noiseSize])
  const sample = jit(g.sample as any) as any
  const t0 = performance.now()
  const run = await train.fit({ step: g.step as any, state: g.players(random.key(seed)) as any, data: only, batchSize: B, dropRemainder: true, epochs: 400, key: random.key(seed), callbacks: [{ async onEpochEnd({ state, record }: any) {
    if (record.epoch % 50) return
    const im = sample(state, noise).reshape([500, 8, 8])
    const logits = cs.model.apply(cnn.state, im)[0]
    const p = nn.softmax(logits)
    const conf = await np.max(p, 1).mean().itemAsync()
    const cl = Array.from(await np.argmax(p, 1).data()) as number[]
    const counts = Array.from({ length: 10 }, (_, c) => cl.filter((v) => v === c).length)
    console.log(seed, width, record.epoch, conf.toFixed(3), counts.join(' '), record.training.loss.toFixed(3), record.training.discriminator.toFixed(3), ((performance.now() - t0) / 1000).toFixed(1))
    writeFileSync(`scratch/gan-${seed}-${width}-${record.epoch}.png`, imageGrid({ data: await im.slice([0, 100]).data(), shape: [100, 8, 8] }, { columns: 10, scale: 4, title: `epoch ${record.epoch}` }))
  } }] })
}
process.exit()
