// Tells the next value of two series, a noisy sine and the chaotic one of Mackey & Glass, with an LSTM.
// Run it with `npm run example lstm`.

import { basename } from 'node:path'
import { data, numpy as np, random, train } from 'cotangent'
import { loss, mackeyGlass, noisySine, setup, span, stretches } from './models/lstm.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { panels } from './support/picture/panels.js'
import { plot } from './support/picture/plot.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { readSeries, seriesFile } from './support/table.js'

const options = commandLine('Tells the next value of a noisy sine and of the Mackey–Glass series.', {
  epochs: count(20, 'passes over the 1,500 training values of each series'),
  steps: stepLimit,
  data: seriesFile,
  ...common,
})
const report = await begin(options)
const { epochs, seed } = options

const generated = [
  { name: 'noisy sine', values: noisySine(seed, 2000) },
  { name: 'Mackey–Glass', values: mackeyGlass(seed, 2000) },
]
const series =
  options.data === undefined
    ? generated
    : [{ name: basename(options.data), values: await readSeries(options.data, 100) }]
/** How many values of the held-out part are drawn. */
const drawn = 120

const pictures: string[] = []
const durations: { readonly steps?: number; readonly seconds: number }[] = []
for (const { name, values } of series) {
  console.log(`\n${name}`)
  // The future is held out: the last quarter.
  const [training, heldOut] = data.split(stretches(values), 0.75)
  const plan = setup(training, epochs)
  if (options.explain) explainModelAndExit(plan)
  const key = random.key(seed)
  const run = await train.fit({
    ...plan,
    validation: heldOut,
    epochs,
    key,
    callbacks: [train.progress(), stopAfter(options.steps)],
  })
  durations.push(durationOf(run))

  const { x, y } = data.all(heldOut)
  const prediction = await train.predict({
    model: plan.model,
    variables: run.state,
    data: heldOut,
    batchSize: 128,
  })
  const last = x.slice([], span - 1)
  const [error = NaN, persistence = NaN] = await Promise.all(
    [prediction, last].map((guess) => np.sqrt(loss(guess, y)).itemAsync()),
  )
  report.figure({
    name: `root mean squared error on the ${name}`,
    value: error,
    // What can be told of a series of somebody else's nobody knows.
    ...(options.data === undefined ? { atMost: persistence / 2 } : {}),
  })
  report.figure({ name: `of persistence (the last value again), ${name}`, value: persistence })

  const [truth, told] = await Promise.all([y.data(), prediction.data()])
  const time = Array.from({ length: Math.min(drawn, truth.length) }, (_, i) => i)
  pictures.push(
    plot({
      title: `Next value of the ${name}: error ${error.toFixed(3)}, persistence ${persistence.toFixed(3)}`,
      x: { label: 'time, held out' },
      y: { label: 'value' },
      series: [
        { label: 'truth', x: time, y: truth.slice(0, drawn), kind: 'points' },
        { label: 'prediction', x: time, y: told.slice(0, drawn) },
      ],
      width: 900,
      height: 320,
    }),
  )
}

report.picture('prediction.svg', panels(pictures, { columns: 1 }), 'Predictions and what came')
report.end({
  epochs: series.length * epochs,
  steps: durations.reduce((sum, { steps = 0 }) => sum + steps, 0),
  seconds: durations.reduce((sum, { seconds }) => sum + seconds, 0),
})
