// Separates two clouds of points with a line: binary cross-entropy from logits, Adam.
// Run it with `npm run example logisticRegression`.

import { jit, nn, numpy as np, optim, random, valueAndGrad, type NDArray } from 'cotangent'
import { commandLine, common, count } from './support/commandLine.js'
import { useDevice } from './support/device.js'
import { explainAndExit } from './support/explain.js'
import { TrainingLog } from './support/training.js'

const options = commandLine('Separates two clouds of points with a line.', {
  steps: count(300, 'steps of Adam'),
  ...common,
})
await useDevice(options.device)

/** Points [n, 2] around (-1, -1) and (1, 1), and which of the two (0 or 1) each belongs to. */
function clouds(cloudKey: random.Key, n: number): [x: NDArray, y: NDArray] {
  const y = random.bernoulli(random.foldIn(cloudKey, 0), 0.5, [n]).astype('float32')
  const center = y.mul(2).sub(1).reshape([n, 1])
  return [center.add(random.normal(random.foldIn(cloudKey, 1), [n, 2])), y]
}

const key = random.key(options.seed)
const [x, y] = clouds(random.foldIn(key, 0), 1000)
const model = nn.dense(1)
const optimizer = optim.adam(0.05)

const logits = (params: nn.DenseParams, inputs: NDArray): NDArray =>
  model.apply({ params, state: null }, inputs)[0].reshape([-1])
const loss = (params: nn.DenseParams): NDArray => nn.losses.binaryCrossEntropyFromLogits(logits(params, x), y)
const step = jit((params: nn.DenseParams, state: optim.OptimizerState) => {
  const [value, gradient] = valueAndGrad(loss)(params)
  const [updates, next] = optimizer.update(gradient, state, params)
  return [optim.applyUpdates(params, updates), next, value] as const
})

let { params } = model.init(random.foldIn(key, 1), [2])
let state = optimizer.init(params)
if (options.explain) explainAndExit(step.lower(params, state))

const log = new TrainingLog(options.steps)
for (let i = 0; i < options.steps; i++) {
  const [nextParams, nextState, value] = step(params, state)
  params = nextParams
  state = nextState
  await log.step(value)
}
log.finish()

const [newX, newY] = clouds(random.foldIn(key, 2), 10_000)
const correct = np.equal(np.greater(logits(params, newX), 0), np.greater(newY, 0.5))
const accuracy = await np.mean(correct).itemAsync()
// The clouds overlap: the best line is right with probability Φ(√2).
console.log(`accuracy on new points: ${(100 * accuracy).toFixed(1)} % (the best line: 92.1 %)`)
// A WebGPU device would keep Node alive.
process.exit()
