// Fits a line to noisy points of y = 3x + 2: mean squared error, gradient descent, and the closed form beside it.
// Run it with `npm run example linearRegression`.

import { data, jit, numpy as np, optim, random, valueAndGrad } from 'cotangent'
import { leastSquares, loss, noisyLine, type Line } from './models/linearRegression.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainAndExit } from './support/explain.js'
import { plot } from './support/picture/plot.js'
import { begin } from './support/report.js'
import { lineFile, readLine } from './support/table.js'
import { TrainingLog } from './support/training.js'

const options = commandLine('Fits a line to noisy points of y = 3x + 2 + U(0, 1).', {
  steps: count(1000, 'steps of gradient descent'),
  data: lineFile,
  ...common,
})
const report = await begin(options)

const { x, y } =
  options.data === undefined
    ? noisyLine(random.key(options.seed), 2000)
    : data.all(await readLine(options.data))
const optimizer = optim.sgd(0.2)
const step = jit((line: Line, state: optim.OptimizerState) => {
  const [value, gradient] = valueAndGrad(loss)(line, x, y)
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
const run = log.finish()

const best = leastSquares(x, y)
const [w = NaN, b = NaN, bestW = NaN, mse = NaN] = await Promise.all(
  [line.w, line.b, best.w, loss(line, x, y)].map((array) => array.itemAsync()),
)
console.log(`w = ${w.toFixed(3)} (least squares: ${bestW.toFixed(3)}), b = ${b.toFixed(3)}`)
report.figure({ name: '|w - w of least squares|', value: Math.abs(w - bestW), atMost: 0.1 })
report.figure({ name: 'MSE', value: mse, atMost: 0.09 })

const ends = await Promise.all([np.min(x), np.max(x)].map((end) => end.itemAsync()))
const shown = 300
const points = { x: (await x.data()).slice(0, shown), y: (await y.data()).slice(0, shown) }
report.picture(
  'line.svg',
  plot({
    title: 'Points and the line that gradient descent finds',
    x: { label: 'x' },
    y: { label: 'y' },
    legend: 'top left',
    series: [
      { label: 'points', ...points, kind: 'points' },
      {
        label: `y = ${w.toFixed(2)}x + ${b.toFixed(2)}`,
        x: ends,
        y: ends.map((end) => w * end + b),
        size: 2.5,
      },
    ],
  }),
  'The points and the line',
)
report.end(run)
