// Reads handwritten digits row by row with a recurrent network: what it carries after the last row decides.
// Run it with `npm run example rnn`.

import { data, nn, random, train } from 'cotangent'
import { loss, setup } from './models/rnn.js'
import { beliefs, beliefMap } from './support/beliefs.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { imageFolder, readImages } from './support/images.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { panels } from './support/picture/panels.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('Reads digits row by row with a recurrent network.', {
  epochs: count(25, 'passes over the training images'),
  steps: stepLimit,
  data: imageFolder,
  ...common,
})
const report = await begin(options)

const images = await readImages(options.data)
const [heldOut, training] = data.split(data.shuffle(images.dataset, options.seed), 0.2)
console.log(
  `${training.length} images to train, ${heldOut.length} held out, each ${images.shape.join('×')}\n`,
)

const { epochs } = options
const metrics = { accuracy: nn.metrics.accuracy() }
const plan = setup(training, epochs, images.classes)
if (options.explain) explainModelAndExit(plan)
const run = await train.fit({
  ...plan,
  validation: heldOut,
  metrics,
  epochs,
  key: random.key(options.seed),
  callbacks: [train.progress(), stopAfter(options.steps)],
})
const { model } = plan
const { accuracy } = await train.evaluate({ model, variables: run.state, loss, data: heldOut, metrics })
report.figure({ name: 'accuracy on held-out digits', value: accuracy, as: 'percent', atLeast: 0.93 })

const [few] = data.split(heldOut, Math.min(6, heldOut.length))
const maps = (await beliefs(model, run.state, few, images.shape)).map(beliefMap)
report.picture(
  'beliefs.svg',
  panels(maps, { title: 'What the network believes after each row', columns: 3 }),
  'Digits, and the probabilities of the classes after each of their rows',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Digits row by row: loss' }), 'The loss')
report.end(durationOf(run))
