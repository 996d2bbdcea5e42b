import { data, nn, numpy as np, optim, random, train, jit } from 'cotangent'
import { model, loss, principalComponents, project, restore } from '../examples/models/autoencoder.js'
import { readImages, digitsFolder } from '../examples/support/images.js'
const mn = process.argv[2] === 'mnist'
const images = await readImages(mn ? '/work/shared/data/mnist' : digitsFolder)
const px = images.shape.reduce((a, b) => a * b)
for (const seed of [0, 1]) for (const [epochs, lr, B] of (mn ? [[10,1e-3,128],[20,1e-3, 128]] : [[50, 1e-3, 64], [100, 1e-3, 64], [100, 3e-3,64]]) as any) {
  const [te, tr] = data.split(data.shuffle(images.dataset, seed), 0.2)
  const n = epochs * Math.ceil(tr.length / B)
  const m = model(px)
  const t0 = performance.now()
  const run = await train.fit({ model: m, loss, optimizer: optim.adam(optim.cosineDecaySchedule(lr, n)), data: data.fromArrays({x: tr.tensors.x}) && ({ ...tr, tensors: { x: tr.tensors.x } }), batchSize: B, epochs, key: random.key(seed) })
  const X = data.all(te).x.reshape([-1, px]), T = data.all(tr).x.reshape([-1, px])
  const rec = nn.sigmoid(m.apply(run.state, data.all(te).x)[0])
  const mse = await nn.losses.mse(rec, X).itemAsync()
  const t1 = performance.now()
  const pcf = jit((T: any) => principalComponents(T, 8, random.key(1)))
  const pc = pcf(T)
  const p = await nn.losses.mse(restore(pc, project(pc, X)), X).itemAsync()
  console.log(seed, epochs, lr, mse, p, (t1 - t0) / 1000, (performance.now() - t1) / 1000)
}
process.exit()
