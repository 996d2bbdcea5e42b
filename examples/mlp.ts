// A 100-50-10 ReLU network tells the ten arms of a spiral apart, where a linear model cannot.
// Run it with `npm run example mlp`.

import { data, nn, optim, random, train } from 'cotangent'
import { classes, linear, loss, model as network, spiral } from './models/mlp.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { planeMap } from './support/picture/planeMap.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { pointsFile, readPoints } from './support/table.js'

const options = commandLine('A network with two hidden layers tells the ten arms of a spiral apart.', {
  epochs: count(20, 'passes over the 5,000 training points'),
  steps: stepLimit,
  data: pointsFile,
  ...common,
})
const report = await begin(options)

const [training, heldOut] =
  options.data === undefined
    ? [spiral(2 * options.seed, 5000), spiral(2 * options.seed + 1, 5000)]
    : data.split(data.shuffle(await readPoints(options.data, classes), options.seed), 0.8)
const metrics = { accuracy: nn.metrics.accuracy() }
const key = random.key(options.seed)
const { epochs } = options

const model = network()
const setup = { model, loss, optimizer: optim.adam(3e-3), data: training, batchSize: 128 }
if (options.explain) explainModelAndExit(setup)
const callbacks = [train.progress(), stopAfter(options.steps)]
const run = await train.fit({ ...setup, validation: heldOut, metrics, epochs, key, callbacks })
const { accuracy } = await train.evaluate({ model, variables: run.state, loss, data: heldOut, metrics })

// The same data, batches and optimizer for a model without hidden layers.
const plain = await train.fit({
  ...setup,
  model: linear,
  optimizer: optim.adam(3e-2),
  epochs,
  key,
  callbacks: [stopAfter(options.steps)],
})
const baseline = await train.evaluate({ model: linear, variables: plain.state, loss, data: heldOut, metrics })

report.figure({ name: 'accuracy on held-out points', value: accuracy, as: 'percent', atLeast: 0.95 })
report.figure({ name: 'accuracy of a linear model', value: baseline.accuracy, as: 'percent', atMost: 0.6 })

const map = await planeMap(
  ({ x }) => train.predict({ model, variables: run.state, data: x, batchSize: 4096 }),
  heldOut,
)
report.picture(
  'regions.png',
  imageGrid(map, { title: 'What the network sees in the plane', columns: 1, scale: 1 }),
  'The regions of the classes and held-out points',
)
report.picture(
  'learning.svg',
  learningCurve(run.history, { title: 'Ten arms of a spiral: loss' }),
  'The loss',
)
report.end(durationOf(run))
