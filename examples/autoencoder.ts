// Squeezes digits through 8 numbers and draws them again, beside what 8 principal components can do.
// Run it with `npm run example autoencoder`.

import { data, jit, nn, numpy as np, optim, random, train, type NDArray } from 'cotangent'
import {
  codeSize,
  encoder,
  loss,
  model,
  principalComponents,
  project,
  restore,
} from './models/autoencoder.js'
import { commandLine, common, optionalCount } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { imageFolder, readImages } from './support/images.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { plot } from './support/picture/plot.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('Squeezes digits through 8 numbers and draws them again.', {
  epochs: optionalCount('passes over the training images (default 60, with --data 20)'),
  steps: stepLimit,
  data: imageFolder,
  ...common,
})
const report = await begin(options)

const images = await readImages(options.data)
const [test, training] = data.split(data.shuffle(images.dataset, options.seed), 0.2)
const [height = 1, width = 1] = images.shape
const pixels = height * width
const epochs = options.epochs ?? (options.data === undefined ? 60 : 20)
const batchSize = options.data === undefined ? 64 : 128
const steps = epochs * Math.ceil(training.length / batchSize)
console.log(`${training.length} images to train, ${test.length} to test, each ${images.shape.join('×')}\n`)

/** Each image is its own target. */
const itself = <R>(
  dataset: data.Dataset<{ readonly x: R }>,
): data.Dataset<{ readonly x: R; readonly y: R }> => data.withTensors(dataset, ({ x }) => ({ x, y: x }))
const key = random.key(options.seed)
const network = model(height, width)
const optimizer = optim.adam(optim.cosineDecaySchedule(2e-3, steps))
const fitting = { model: network, loss, optimizer, data: itself(training), batchSize }
if (options.explain) explainModelAndExit(fitting)
console.log(nn.summary(network, images.shape))

const callbacks = [train.progress(), stopAfter(options.steps)]
const run = await train.fit({ ...fitting, validation: itself(test), epochs, key, callbacks })

const { x, y } = data.all(test)
const logits = await train.predict({ model: network, variables: run.state, data: test, batchSize: 256 })
const reconstructions = nn.sigmoid(logits)

const rows = (pictures: NDArray): NDArray => pictures.reshape([-1, pixels])
const findComponents = jit((all: NDArray) => principalComponents(all, codeSize, random.foldIn(key, 1)))
const components = findComponents(rows(data.all(training).x))
const linear = restore(components, project(components, rows(x))).reshape(x.shape)

const [error = NaN, linearError = NaN] = await Promise.all(
  [reconstructions, linear].map((pictures) => nn.losses.mse(pictures, x).itemAsync()),
)
report.figure({ name: 'reconstruction error (MSE) on test images', value: error, atMost: linearError })
report.figure({ name: `error of ${codeSize} principal components`, value: linearError })

const shown = Math.min(12, test.length)
const head = (pictures: NDArray): NDArray => pictures.slice([0, shown])
const three = np.concatenate([head(x), head(reconstructions), head(linear)])
report.picture(
  'reconstructions.png',
  imageGrid(
    { data: await three.data(), shape: three.shape },
    {
      title: `Digits squeezed into ${codeSize} numbers`,
      rowLabels: ['test image', 'autoencoder', 'components'],
      columns: shown,
      scale: Math.ceil(64 / width),
      ink: true,
    },
  ),
  'Test images, what the autoencoder makes of them, and what principal components do',
)

// The codes are points in 8 dimensions; their own two largest components are a map.
const [codes] = encoder().apply({ params: run.state.params[0], state: run.state.state[0] }, x)
const plane = jit((all: NDArray) => principalComponents(all, 2, random.foldIn(key, 2)))(codes)
const places = Array.from(await project(plane, codes).data())
const labels = Array.from(await y.data())
report.picture(
  'latentMap.svg',
  plot({
    title: 'Where test images lie in the code',
    x: { label: 'first principal component of the code' },
    y: { label: 'second' },
    height: 560,
    series: Array.from({ length: images.classes }, (_, digit) => {
      const members = labels.flatMap((label, i) => (label === digit && i < 1000 ? [i] : []))
      const axis = (at: number): number[] => members.map((i) => places[2 * i + at] ?? 0)
      return { x: axis(0), y: axis(1), symbol: `${digit}`, size: 14 }
    }),
  }),
  'A map of the latent space',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Autoencoder: loss' }), 'The loss')
report.end(durationOf(run))
