// Fits a line to noisy points of y = 3x + 2: mean squared error, stochastic gradient descent.
// Run it with `npm run example linearRegression`.

import { jit, nn, numpy as np, optim, random, valueAndGrad, type NDArray } from 'cotangent'
import { commandLine, common, count } from './support/commandLine.js'
import { useDevice } from './support/device.js'
import { explainAndExit } from './support/explain.js'
import { TrainingLog } from './support/training.js'

interface Line {
  readonly w: NDArray
  readonly b: NDArray
}

const options = commandLine('Fits a line to noisy points of y = 3x + 2.', {
  steps: count(500, 'steps of gradient descent'),
  ...common,
})
await useDevice(options.device)

const key = random.key(options.seed)
const x = random.uniform(random.foldIn(key, 0), [256], { minval: -1, maxval: 1 })
const y = x
  .mul(3)
  .add(2)
  .add(random.normal(random.foldIn(key, 1), [256]).mul(0.1))

const optimizer = optim.sgd(0.1)
const loss = ({ w, b }: Line): NDArray => nn.losses.mse(x.mul(w).add(b), y)
const step = jit((line: Line, state: optim.OptimizerState) => {
  const [value, gradient] = valueAndGrad(loss)(line)
  const [updates, next] = optimizer.update(gradient, state, line)
  return [optim.applyUpdates(line, updates), next, value] as const
})

let line: Line = { w: np.zeros([]), b: np.zeros([]) }
let state = optimizer.init(line)
if (options.explain) explainAndExit(step.lower(line, state))

const log = new TrainingLog(options.steps)
for (let i = 0; i < options.steps; i++) {
  const [nextLine, nextState, value] = step(line, state)
  line = nextLine
  state = nextState
  await log.step(value)
}
log.finish()

const [w, b, mse] = await Promise.all([line.w, line.b, loss(line)].map((array) => array.itemAsync()))
console.log(`w = ${w?.toFixed(3)} (true: 3), b = ${b?.toFixed(3)} (true: 2), MSE ${mse?.toFixed(4)}`)
// A WebGPU device would keep Node alive.
process.exit()
