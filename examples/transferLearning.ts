// Learns digits 5–9 from ten examples each: with a trunk trained on 0–4, saved, loaded and frozen, and from scratch.
// Run it with `npm run example transferLearning`.

import { data, io, nn, numpy as np, random, train, type NDArray } from 'cotangent'
import { headOf, isHead, loss, model, setup } from './models/transferLearning.js'
import { commandLine, common, count, text } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { readImages } from './support/images.js'
import { imageGrid } from './support/picture/imageGrid.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { rowsFor, scenes } from './support/scenes.js'

const options = commandLine('Learns digits 5-9 from ten examples each, with what was learned of 0-4.', {
  epochs: count(4, 'passes over some 9,000 images of 0-4'),
  steps: stepLimit,
  draws: count(3, 'how often 50 examples are drawn'),
  fewEpochs: count(150, 'passes over 50 examples'),
  data: text(
    'DIR',
    'a folder with two IDX files, *images* and *labels* of digits (default the ones that come along)',
  ),
  ...common,
})
const report = await begin(options)
const { epochs, fewEpochs, seed } = options
// A short look does not need several draws.
const draws = options.steps === undefined ? options.draws : 1
const key = random.key(seed)
const metrics = { accuracy: nn.metrics.accuracy() }

const images = await readImages(options.data)
const network = model()

// Digits 0–4, some of them held out; copies of an image differ in their place.
const { low } = rowsFor(images, seed, 0)
const [known, unseen] = [low.slice(100), low.slice(0, 100)]
const copies = Math.max(1, Math.round(9000 / known.length))
const base = setup(network, scenes(images, known, copies, seed), epochs, 2e-3)
if (options.explain) explainModelAndExit(base)
const validation = scenes(images, unseen, 4, seed + 1)
const run = await train.fit({
  ...base,
  validation,
  metrics,
  epochs,
  key,
  callbacks: [train.progress(), stopAfter(options.steps)],
})

const file = report.path('digits0to4.safetensors')
await io.writeSafetensors(file, run.state.params, { metadata: { digits: '0-4' } })
const { tensors } = await io.readSafetensors(file)
const { params, state } = network.init(random.foldIn(key, 1), base.data.tensors.x.shape.slice(1))
// The head of the file knows other digits: it stays there.
const { tree, report: loading } = io.loadInto(params, tensors, {
  rename: (name) => (name.startsWith('0.') ? name : null),
  strict: false,
})
console.log(`\n${file}: loaded ${loading.loaded.join(', ')}; new ${loading.missing.join(', ')}\n`)
const [head, trunk] = nn.partition(tree, isHead)
const frozen = headOf(network, trunk)

const means = { transferred: 0, scratch: 0 }
const guesses: { readonly from: keyof typeof means; readonly logits: NDArray }[] = []
const { rest: shownRows } = rowsFor(images, seed, 0)
const shown = scenes(images, shownRows.slice(-20), 1, seed + 2)
for (let draw = 0; draw < draws; draw++) {
  const rows = rowsFor(images, seed, draw)
  const few = scenes(images, rows.few, 1, seed + 10 + draw)
  const heldOut = scenes(images, rows.rest.slice(0, 1000), 1, seed + 100 + draw)
  const fitting = {
    epochs: fewEpochs,
    key: random.foldIn(key, 2 + draw),
    callbacks: [stopAfter(options.steps)],
  }
  const variables = { params: head, state }
  const tuned = await train.fit({ ...setup(frozen, few, fewEpochs, 1e-2), ...fitting, variables })
  const fresh = await train.fit({ ...setup(network, few, fewEpochs, 2e-3), ...fitting })
  const judging = { loss, data: heldOut, metrics, batchSize: 128 }
  const transferred = await train.evaluate({ model: frozen, variables: tuned.state, ...judging })
  const scratch = await train.evaluate({ model: network, variables: fresh.state, ...judging })
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`
  console.log(
    `50 examples, draw ${draw + 1}: transferred ${percent(transferred.accuracy)}, from scratch ${percent(scratch.accuracy)}`,
  )
  means.transferred += transferred.accuracy / draws
  means.scratch += scratch.accuracy / draws
  if (draw > 0) continue
  guesses.push(
    {
      from: 'transferred',
      logits: await train.predict({ model: frozen, variables: tuned.state, data: shown }),
    },
    { from: 'scratch', logits: await train.predict({ model: network, variables: fresh.state, data: shown }) },
  )
}
const gain = means.transferred - means.scratch
report.figure({ name: 'accuracy on 5–9, transferred', value: means.transferred, as: 'percent' })
report.figure({ name: 'accuracy on 5–9, from scratch', value: means.scratch, as: 'percent' })
report.figure({ name: 'gain of transfer', value: gain, as: 'percent', atLeast: 0.1 })

const named = await Promise.all(guesses.map(({ logits }) => np.argmax(logits, 1).add(5).data()))
const { x, y } = data.all(shown)
const truth = await y.add(5).data()
report.picture(
  'digits.png',
  imageGrid(
    { data: await x.data(), shape: x.shape },
    {
      title: 'Held-out digits: transferred / from scratch (! where wrong)',
      labels: Array.from(truth, (label, i) =>
        named.map((guess) => `${guess[i] ?? ''}${guess[i] === label ? ' ' : '!'}`).join('/ '),
      ),
      columns: 5,
      scale: Math.max(1, Math.round(112 / (x.shape[1] ?? 1))),
    },
  ),
  'Held-out digits, and what both networks take them for',
)
report.end(durationOf(run))
