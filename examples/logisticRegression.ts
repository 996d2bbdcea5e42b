// Separates two clouds of points with a line: binary cross-entropy from logits, Adam, beside Newton's optimum.
// Run it with `npm run example logisticRegression`.

import { data, grad, jit, numpy as np, optim, random, valueAndGrad, type NDArray } from 'cotangent'
import { accuracy, clouds, loss, newtonOptimum, type Plane } from './models/logisticRegression.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainAndExit } from './support/explain.js'
import { plot, type Series } from './support/picture/plot.js'
import { begin } from './support/report.js'
import { pointsFile, readPoints } from './support/table.js'
import { TrainingLog } from './support/training.js'

const options = commandLine('Separates two clouds of points with a line.', {
  steps: count(300, 'steps of Adam'),
  data: pointsFile,
  ...common,
})
const report = await begin(options)

const key = random.key(options.seed)
const { training, heldOut } =
  options.data === undefined
    ? { training: clouds(random.foldIn(key, 0), 1000), heldOut: clouds(random.foldIn(key, 1), 10_000) }
    : await splitFile(options.data)
const { x, y } = training

/** Four fifths of the points of a file, and the rest. */
async function splitFile(file: string) {
  const [training, heldOut] = data.split(data.shuffle(await readPoints(file, 2), options.seed), 0.8)
  const points = ({ x, y }: { readonly x: NDArray; readonly y: NDArray }) => ({
    x,
    y: y.astype('float32'),
  })
  return { training: points(data.all(training)), heldOut: points(data.all(heldOut)) }
}

const optimizer = optim.adam(0.05)
const step = jit((plane: Plane, state: optim.OptimizerState) => {
  const [value, gradient] = valueAndGrad(loss)(plane, x, y)
  const [updates, next] = optimizer.update(gradient, state, plane)
  return [optim.applyUpdates(plane, updates), next, value] as const
})

let plane: Plane = np.zeros([3])
let state = optimizer.init(plane)
if (options.explain) explainAndExit(step.lower(plane, state))

const log = new TrainingLog(options.steps)
for (let i = 0; i < options.steps; i++) {
  const [nextPlane, nextState, value] = step(plane, state)
  plane = nextPlane
  state = nextState
  await log.step(value)
}
const run = log.finish()

const optimum = newtonOptimum(x, y)
const slope = np.linalg.norm(grad(loss)(optimum, x, y))
const [reached = NaN, best = NaN, steepness = NaN] = await Promise.all(
  [accuracy(plane, heldOut.x, heldOut.y), accuracy(optimum, heldOut.x, heldOut.y), slope].map((array) =>
    array.itemAsync(),
  ),
)
console.log(`Newton's method ends where the gradient has length ${steepness.toExponential(1)}`)
report.figure({ name: 'accuracy on new points', value: reached, as: 'percent', atLeast: best - 0.01 })
report.figure({ name: "accuracy of Newton's optimum", value: best, as: 'percent' })

const xs = Array.from(await x.data())
const labels = Array.from(await y.data())
const cloud = (label: number): Series => {
  const rows = labels.flatMap((value, i) => (value === label ? [i] : []))
  const column = (at: number): number[] => rows.map((i) => xs[2 * i + at] ?? 0)
  return { label: `class ${label}`, x: column(0), y: column(1), kind: 'points' }
}
/** Where the two classes are equally likely. */
const boundary = async (line: NDArray): Promise<Pick<Series, 'x' | 'y'>> => {
  const [a = 0, b = 1, c = 0] = Array.from(await line.data())
  const ends = [-4, 4]
  return { x: ends, y: ends.map((end) => -(a * end + c) / b) }
}
report.picture(
  'clouds.svg',
  plot({
    title: 'Two clouds and the line between them',
    x: { label: 'x₁', range: [-4, 4] },
    y: { label: 'x₂', range: [-4, 4] },
    legend: 'bottom left',
    width: 520,
    height: 520,
    series: [
      cloud(0),
      cloud(1),
      { label: 'found with Adam', ...(await boundary(plane)), size: 3, color: '#222' },
      { label: "Newton's optimum", ...(await boundary(optimum)), kind: 'dashes', color: '#e69f00' },
    ],
  }),
  'The clouds and the line',
)
report.end(run)
