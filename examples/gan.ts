// A generator learns to draw digits from noise, against a discriminator that tells them from real ones; a classifier
// trained on the real digits then judges what it draws.
// Run it with `npm run example gan`.

import { data, jit, nn, numpy as np, random, train, type NDArray } from 'cotangent'
import { large, setup, small } from './models/cnnMnist.js'
import { gan, noiseSize, type Players } from './models/gan.js'
import { commandLine, common, optionalCount } from './support/commandLine.js'
import { explainAndExit } from './support/explain.js'
import { imageFolder, readImages, unlabelled } from './support/images.js'
import { heatMap } from './support/picture/heatMap.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { plot } from './support/picture/plot.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { writeFileSync } from 'node:fs'

const options = commandLine('A generator learns to draw digits, against a discriminator.', {
  epochs: optionalCount('passes over the images (default 200, with --data 40)'),
  steps: stepLimit,
  data: imageFolder,
  ...common,
})
const report = await begin(options)

const images = await readImages(options.data)
const [height = 1, width = 1] = images.shape
const pixels = height * width
const epochs = options.epochs ?? (options.data === undefined ? 200 : 40)
const batchSize = Math.min(64, images.dataset.length)
const key = random.key(options.seed)
const noise = random.normal(random.foldIn(key, 1), [500, noiseSize])

const { players, step, sample } = gan(pixels)
const drawn = jit((state: Players, from: NDArray) => sample(state, from).reshape([-1, height, width]))
if (options.explain) {
  for (const batch of data.batches(unlabelled(images), batchSize))
    explainAndExit(jit(step).lower(players(key), batch, key))
}

/** Images of the first columns of the picture of the way, after each tenth. */
const way: number[] = []
const tenths: train.Callback<Players> = {
  async onEpochEnd({ state, epoch }) {
    const tenth = Math.floor((10 * epoch) / epochs)
    if (tenth === Math.floor((10 * (epoch - 1)) / epochs)) return
    const grid = { data: await drawn(state, noise.slice([0, 100])).data(), shape: [100, height, width] }
    const title = `Drawn after ${epoch} epochs`
    writeFileSync(
      report.path(`tenths/${`${tenth}`.padStart(2, '0')}.png`),
      imageGrid(grid, { title, ink: true }),
    )
    way.push(...grid.data.slice(0, 12 * pixels))
  },
}
console.log(`${images.dataset.length} images, each ${images.shape.join('×')}\n`)
const run = await train.fit({
  step,
  state: players(key),
  data: unlabelled(images),
  batchSize,
  dropRemainder: true,
  epochs,
  key,
  callbacks: [train.progress(), tenths, stopAfter(options.steps)],
})

console.log('\nThe judge: the network of cnnMnist, trained on the real digits')
const size = options.data === undefined ? small : large
const [test, training] = data.split(data.shuffle(images.dataset, options.seed), 0.2)
const judging = { batchSize: size.batchSize, epochs: Math.min(size.epochs, epochs), classes: images.classes }
const judge = setup(training, judging)
const judged = await train.fit({
  ...judge,
  epochs: judging.epochs,
  key,
  callbacks: [stopAfter(options.steps)],
})
const { model, loss } = judge
const metrics = { accuracy: nn.metrics.accuracy() }
const { accuracy } = await train.evaluate({ model, variables: judged.state, loss, data: test, metrics })
console.log(`It reads ${(100 * accuracy).toFixed(1)} % of held-out digits\n`)

const samples = drawn(run.state, noise)
const logits = await train.predict({
  model,
  variables: judged.state,
  data: data.fromArrays({ x: samples }),
  batchSize: 250,
})
const beliefs = nn.softmax(logits)
const confidence = await np.max(beliefs, 1).mean().itemAsync()
const guesses = Array.from(await logits.argmax(1).data())
const counts = Array.from(
  { length: images.classes },
  (_, digit) => guesses.filter((guess) => guess === digit).length,
)
report.figure({
  name: 'classes among 500 drawn digits',
  value: counts.filter((n) => n > 0).length,
  atLeast: 9,
})
report.figure({ name: "the judge's mean confidence", value: confidence, atLeast: 0.8 })

const scale = Math.ceil(40 / width)
const shown = samples.slice([0, 96])
report.picture(
  'samples.png',
  imageGrid(
    { data: await shown.data(), shape: shown.shape },
    { title: 'Digits drawn from noise', columns: 16, scale, ink: true },
  ),
  'Drawn digits',
)
const rows = way.length / (12 * pixels)
report.picture(
  'way.png',
  imageGrid(
    { data: way, shape: [12 * rows, height, width] },
    {
      title: 'The same noise after each tenth of the training',
      rowLabels: Array.from({ length: rows }, (_, row) => `${Math.round((100 * (row + 1)) / rows)} %`),
      columns: 12,
      scale,
      ink: true,
    },
  ),
  'What the generator made of the same noise, a tenth of the way a row',
)
report.picture(
  'classes.svg',
  heatMap({
    title: 'What the judge reads',
    values: [counts],
    columns: 'how many of 500 drawn digits it reads as',
    columnLabels: counts.map((_n, digit) => `${digit}`),
    format: String,
    range: [0, 100],
  }),
  'The classes of the drawn digits',
)
const curve = (label: string, name: 'loss' | 'discriminator') => ({
  label,
  x: run.history.map(({ epoch }) => epoch),
  y: run.history.map(({ training: scores }) => scores[name] ?? NaN),
})
report.picture(
  'losses.svg',
  plot({
    title: 'The two losses',
    x: { label: 'epoch' },
    y: { label: 'loss' },
    legend: 'top left',
    series: [curve('generator', 'loss'), curve('discriminator', 'discriminator')],
  }),
  'The losses',
)
report.end(durationOf(run))
