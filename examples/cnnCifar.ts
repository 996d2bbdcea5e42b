// A convolutional network on colour images of 32×32: generated shapes, or CIFAR-10 with --data.
// Run it with `npm run example cnnCifar`.

import { data, nn, optim, random, train } from 'cotangent'
import { loss, model as network } from './models/cnnCifar.js'
import { readCifarFolder } from './support/cifar.js'
import { colourShapeNames, colourShapes } from './support/colourShapes.js'
import { commandLine, common, count, text } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { heatMap } from './support/picture/heatMap.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('A convolutional network on colour images.', {
  epochs: count(5, 'passes over the training images'),
  steps: stepLimit,
  data: text(
    'DIR',
    "a folder with CIFAR-10's binary files, data_batch_*.bin and test_batch.bin (default generated shapes)",
  ),
  ...common,
})
const report = await begin(options)

const { training, validation, names } =
  options.data === undefined
    ? {
        training: colourShapes(2 * options.seed, 3000),
        validation: colourShapes(2 * options.seed + 1, 1000),
        names: colourShapeNames,
      }
    : await readCifarFolder(options.data)
console.log(`${training.length} images to train, ${validation.length} to validate, each 32×32×3\n`)

const batchSize = Math.min(64, training.length)
const steps = options.epochs * Math.ceil(training.length / batchSize)
const optimizer = optim.adam(optim.cosineDecaySchedule(2e-3, steps))
const model = network()
const fitting = { model, loss, optimizer, data: training, batchSize }
if (options.explain) explainModelAndExit(fitting)
console.log(nn.summary(model, [32, 32, 3]))

const run = await train.fit({
  ...fitting,
  validation,
  metrics: { accuracy: nn.metrics.accuracy() },
  epochs: options.epochs,
  key: random.key(options.seed),
  callbacks: [train.progress(), stopAfter(options.steps)],
})

const { x, y } = data.all(validation)
const logits = await train.predict({ model, variables: run.state, data: validation, batchSize: 250 })
const accuracy = await nn.accuracy(logits, y).itemAsync()
report.figure({
  name: 'accuracy on validation images',
  value: accuracy,
  as: 'percent',
  ...(options.data === undefined ? { atLeast: 0.95 } : {}),
})

const shown = Math.min(20, validation.length)
const guesses = Array.from(await logits.argmax(1).slice([0, shown]).data(), (label) => names[label] ?? '')
const labels = Array.from(await y.slice([0, shown]).data(), (label) => names[label] ?? '')
const pictures = x.slice([0, shown])
report.picture(
  'images.png',
  imageGrid(
    { data: await pictures.data(), shape: pictures.shape },
    {
      title: 'Validation images and what the network takes them for',
      labels: guesses.map((guess, i) => (guess === labels[i] ? guess : `${guess}!`)),
      scale: 2,
    },
  ),
  'Validation images and what the network takes them for (mistakes with an exclamation mark)',
)

const confusion = nn.metrics.confusionMatrix(names.length)
const counts = await confusion.compute(confusion.update(confusion.init(), logits, y)).jsAsync()
report.picture(
  'confusion.svg',
  heatMap({
    title: 'Images, and what they were taken for',
    values: counts as number[][],
    rows: 'image',
    columns: 'taken for',
    rowLabels: names,
    columnLabels: names,
    format: (value) => (value === 0 ? '' : `${value}`),
  }),
  'The confusion matrix',
)

report.picture(
  'learning.svg',
  learningCurve(run.history, { title: 'Colour images: accuracy', name: 'accuracy' }),
  'The accuracy',
)
report.end(durationOf(run))
