// A convolutional network on real handwritten digits: the 8×8 ones that come along, or MNIST with --data.
// Run it with `npm run example cnnMnist`.

import { data, nn, numpy as np, random, train } from 'cotangent'
import { large, setup, small } from './models/cnnMnist.js'
import { commandLine, common, optionalCount, text } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { readImages } from './support/images.js'
import { heatMap } from './support/picture/heatMap.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('A convolutional network on handwritten digits.', {
  epochs: optionalCount(
    `passes over the training images (default ${small.epochs}, with --data ${large.epochs})`,
  ),
  steps: stepLimit,
  data: text(
    'DIR',
    'a folder with two IDX files, *images* and *labels*, whose last tenth is for testing (default the digits that come along, a fifth of them for testing)',
  ),
  ...common,
})
const report = await begin(options)

const images = await readImages(options.data)
const [training, test] =
  options.data === undefined
    ? data.split(data.shuffle(images.dataset, options.seed), 0.8)
    : data.split(images.dataset, 0.9)
console.log(`${training.length} images to train, ${test.length} to test, each ${images.shape.join('×')}\n`)

const size = options.data === undefined ? small : large
const epochs = options.epochs ?? size.epochs
const fitting = setup(training, { epochs, classes: images.classes, batchSize: size.batchSize })
const { model } = fitting
if (options.explain) explainModelAndExit(fitting)
console.log(nn.summary(model, images.shape))

const run = await train.fit({
  ...fitting,
  validation: test,
  metrics: { accuracy: nn.metrics.accuracy() },
  epochs,
  key: random.key(options.seed),
  callbacks: [train.progress(), stopAfter(options.steps)],
})

const { x, y } = data.all(test)
const logits = await train.predict({ model, variables: run.state, data: test, batchSize: 256 })
report.figure({
  name: 'accuracy on test images',
  value: await nn.accuracy(logits, y).itemAsync(),
  as: 'percent',
  atLeast: options.data === undefined ? 0.98 : 0.975,
})

// The images that the network finds hardest: those whose label it thinks least likely.
const likelihood = np.takeAlongAxis(nn.softmax(logits), y.reshape([-1, 1]), 1).reshape([-1])
const hardest = np.argsort(likelihood).slice([0, Math.min(30, test.length)])
const [labels, guesses] = await Promise.all([y, logits.argmax(1)].map((all) => np.take(all, hardest).data()))
const caption = (label: number, i: number): string =>
  guesses?.[i] === label ? `${label}` : `${label} as ${guesses?.[i]}`
const pictures = np.take(x, hardest, 0)
report.picture(
  'hardest.png',
  imageGrid(
    { data: await pictures.data(), shape: pictures.shape },
    {
      title: 'The hardest test images, and how they were read',
      labels: Array.from(labels ?? [], caption),
      scale: Math.ceil(64 / (images.shape[0] ?? 64)),
      ink: true,
    },
  ),
  'The images that the network finds hardest',
)

const confusion = nn.metrics.confusionMatrix(images.classes)
const counts = await confusion.compute(confusion.update(confusion.init(), logits, y)).jsAsync()
const names = Array.from({ length: images.classes }, (_, digit) => `${digit}`)
report.picture(
  'confusion.svg',
  heatMap({
    title: 'Digits, and what they were read as',
    values: counts as number[][],
    rows: 'digit',
    columns: 'read as',
    rowLabels: names,
    columnLabels: names,
    format: (value) => (value === 0 ? '' : `${value}`),
  }),
  'The confusion matrix',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Digits: loss' }), 'The loss')
report.end(durationOf(run))
