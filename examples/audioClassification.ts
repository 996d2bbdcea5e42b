// Tells tones, chords, chirps, vibrato, tremolo, clicks and noise apart by spectrograms and a convolutional network.
// Run it with `npm run example audioClassification`.

import { data, nn, numpy as np, random, train, type NDArray } from 'cotangent'
import {
  kinds,
  length,
  loss,
  model,
  optimizer,
  sampleRate,
  sounds,
  spectrogram,
} from './models/audioClassification.js'
import { arrayFile, readRows } from './support/arrayFile.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { fire } from './support/picture/colors.js'
import { heatMap } from './support/picture/heatMap.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('Tells eight kinds of generated sounds apart by their spectrograms.', {
  epochs: count(8, 'passes over the 2,000 training sounds'),
  steps: stepLimit,
  data: arrayFile(
    `x, float32 [n, ${length}] (sounds at ${sampleRate} Hz), and y, int32 [n] (the number of ${kinds.join(', ')})`,
  ),
  ...common,
})
const report = await begin(options)
const { epochs } = options
const key = random.key(options.seed)

const drawn = (i: number, n: number) => {
  const [x, y] = sounds(random.foldIn(key, i), n)
  return data.fromArrays({ x, y })
}
const read = (file: string) =>
  readRows(file, { dtype: 'float32', width: length }, { y: kinds.length }, options.seed)
type Sounds = data.Dataset<Readonly<Record<'x' | 'y', NDArray | data.HostTensor>>>
const { training, heldOut }: Readonly<Record<'training' | 'heldOut', Sounds>> =
  options.data === undefined ? { training: drawn(0, 2000), heldOut: drawn(1, 800) } : await read(options.data)
const batchSize = 32
const steps = epochs * Math.ceil(training.length / batchSize)
const net = model(kinds.length)
const plan = { model: net, loss, optimizer: optimizer(steps), data: training, batchSize }
if (options.explain) explainModelAndExit(plan)
const metrics = { accuracy: nn.metrics.accuracy() }
const callbacks = [train.progress(), stopAfter(options.steps)]
const run = await train.fit({ ...plan, validation: heldOut, metrics, epochs, key, callbacks })

const logits = await train.predict({ model: net, variables: run.state, data: heldOut, batchSize: 128 })
const { x, y } = data.all(heldOut)
const accuracy = await nn.accuracy(logits, y).itemAsync()
report.figure({ name: 'accuracy on held-out sounds', value: accuracy, as: 'percent', atLeast: 0.95 })
const confusion = nn.metrics.confusionMatrix(kinds.length)
const counts = await confusion.compute(confusion.update(confusion.init(), logits, y)).data()
report.picture(
  'confusion.svg',
  heatMap({
    title: 'What held-out sounds are taken for',
    values: kinds.map((_, i) => Array.from(counts.slice(i * kinds.length, (i + 1) * kinds.length))),
    rowLabels: kinds,
    columnLabels: kinds,
    rows: 'kind',
    format: String,
  }),
  'What held-out sounds are taken for',
)

// The first held-out sound of each kind, low frequencies at the bottom.
const labels = Array.from(await y.data())
const rows = kinds.map((_, kind) => Math.max(0, labels.indexOf(kind)))
const power = spectrogram(np.take(x, np.array(rows, { dtype: 'int32' }), 0))
const pictures = np.flip(np.swapaxes(power, 1, 2), 1)
// Few colours, faint noise black: the file stays small.
const shares = Array.from(await pictures.data(), (value) =>
  Math.max(0, Math.round(((value - 1) / 7) * 12) / 12),
)
report.picture(
  'spectrograms.png',
  imageGrid(
    { data: shares.flatMap((share) => fire(share).map((byte) => byte / 255)), shape: [...pictures.shape, 3] },
    {
      title: `Spectrograms: half a second from left to right, 0 to ${sampleRate / 2000} kHz upwards`,
      labels: kinds,
      columns: 4,
      scale: 3,
    },
  ),
  'A spectrogram of each kind of sound',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Kinds of sounds: loss' }), 'The loss')
report.end(durationOf(run))
