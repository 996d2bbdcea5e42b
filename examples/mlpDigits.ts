// Trains a small network on real handwritten digits: a pure loss, valueAndGrad, a compiled Adam step.
// Run it with `npm start` or `npm run example mlpDigits -- --help`.

import {
  data,
  defaultDevice,
  devicePutAsync,
  jit,
  nn,
  optim,
  random,
  tree,
  valueAndGrad,
  type NDArray,
} from 'cotangent'
import { checkGrads } from 'cotangent/testing'
import { commandLine, common, count } from './support/commandLine.js'
import { explainAndExit } from './support/explain.js'
import { imageFolder, readImages } from './support/images.js'
import { begin } from './support/report.js'
import { TrainingLog } from './support/training.js'

const options = commandLine('Trains a network on handwritten digits and tests it on a held-out fifth.', {
  epochs: count(40, 'passes over the training images'),
  data: imageFolder,
  ...common,
})
const report = await begin(options)

const images = await readImages(options.data)
const [test, training] = data.split(data.shuffle(images.dataset, options.seed), 0.2)
console.log(`${training.length} images to train, ${test.length} to test, each ${images.shape.join('×')}\n`)

const model = nn.sequential(
  nn.flatten(),
  nn.dense(128, { kernelInit: nn.initializers.heNormal() }),
  nn.activation(nn.relu),
  nn.dense(64, { kernelInit: nn.initializers.heNormal() }),
  nn.activation(nn.relu),
  nn.dense(images.classes),
)
const variables = model.init(random.key(options.seed), images.shape)
type Params = typeof variables.params

const batchSize = Math.min(64, training.length)
const epochSteps = Math.floor(training.length / batchSize)
const steps = options.epochs * epochSteps
const optimizer = optim.adam(optim.cosineDecaySchedule(3e-3, steps))

const logits = (params: Params, x: NDArray): NDArray => model.apply({ params, state: variables.state }, x)[0]
const loss = (params: Params, x: NDArray, y: NDArray): NDArray =>
  nn.losses.softmaxCrossEntropy(logits(params, x), y)
const step = jit(
  (params: Params, state: optim.OptimizerState, x: NDArray, y: NDArray) => {
    const [value, gradient] = valueAndGrad(loss)(params, x, y)
    const [updates, next] = optimizer.update(gradient, state, params)
    return [optim.applyUpdates(params, updates), next, value] as const
  },
  // The new parameters and moments take the memory of the old ones.
  { donateArgnums: [0, 1] },
)

let { params } = variables
let state = optimizer.init(params)
if (options.explain) {
  for (const { x, y } of data.batches(training, batchSize)) explainAndExit(step.lower(params, state, x, y))
}

const log = new TrainingLog(steps)
for (let epoch = 0; epoch < options.epochs; epoch++) {
  const order = data.shuffle(training, options.seed, epoch)
  for (const { x, y } of data.batches(order, batchSize, { dropRemainder: true })) {
    const [nextParams, nextState, value] = step(params, state, x, y)
    params = nextParams
    state = nextState
    await log.step(value)
  }
}
const { seconds } = log.finish()

const { x, y } = data.all(test)
const accuracy = await nn.accuracy(logits(params, x), y).itemAsync()
report.figure({ name: 'test accuracy', value: accuracy, as: 'percent', atLeast: 0.96 })

// The same loss in double precision, against central differences along random directions: throws where its
// derivative is wrong. The step is so small that hardly any ReLU turns on or off within it.
const sample = data.all(data.split(test, Math.min(32, test.length))[0])
const exact = await devicePutAsync({ params, ...sample }, 'reference')
defaultDevice('reference')
const double = (a: NDArray): NDArray => a.astype('float64')
const lossOfSample = (p: Params): NDArray => loss(p, double(exact.x), exact.y)
await checkGrads(lossOfSample, [tree.map(double, exact.params)], { order: 1, eps: 2 ** -22 })
console.log('gradient check: jvp and vjp of this loss agree with central differences to six digits')
console.log('what the step was compiled to: npm run example mlpDigits -- --explain')
report.end({ epochs: options.epochs, steps, seconds })
