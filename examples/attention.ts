// An LSTM with attention looks up the answers to questions in lists, and shows where it looked.
// Run it with `npm run example attention`.

import { data, jit, nn, numpy as np, random, train, type NDArray } from 'cotangent'
import { length, loss, questions, setup, vocabulary, type Params } from './models/attention.js'
import { arrayFile, readRows } from './support/arrayFile.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { tokenMap } from './support/picture/tokenMap.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'

const options = commandLine('An LSTM with attention looks up answers in lists, and shows where it looked.', {
  epochs: count(6, 'passes over the 8,000 lists to learn from'),
  steps: stepLimit,
  data: arrayFile(
    `x, int32 [n, ${length}] (numbers of tokens in '${vocabulary.join('')}'), y (the digit asked for) and at (its position), int32 [n]`,
  ),
  ...common,
})
const report = await begin(options)
const { epochs, seed } = options

const read = (file: string) => readRows(file, { dtype: 'int32', width: length }, { y: 10, at: length }, seed)
const generated = { training: questions(2 * seed, 8000), heldOut: questions(2 * seed + 1, 1000) }
const { training, heldOut } = options.data === undefined ? generated : await read(options.data)
const { at } = heldOut.tensors
const positions = Array.from(heldOut.rows, (row) => at.data[row])
const metrics = { accuracy: nn.metrics.accuracy() }
const plan = setup(training, epochs)
if (options.explain) explainModelAndExit(plan)
const key = random.key(seed)
const callbacks = [train.progress(), stopAfter(options.steps)]
const run = await train.fit({ ...plan, validation: heldOut, metrics, epochs, key, callbacks })
const { model } = plan
const { accuracy } = await train.evaluate({ model, variables: run.state, loss, data: heldOut, metrics })

const { x } = data.all(heldOut)
const weights = jit((params: Params, tokens: NDArray) => model.attention(params, tokens))(run.state.params, x)
const looked = await np.argmax(weights, 1).data()
const pointing = positions.filter((position, i) => looked[i] === position).length / positions.length
report.figure({ name: 'attention points at the answer', value: pointing, as: 'percent', atLeast: 0.95 })
report.figure({ name: 'right answers to held-out questions', value: accuracy, as: 'percent', atLeast: 0.95 })

const [shares, tokens] = await Promise.all([weights.data(), x.data()])
const shown = Math.min(12, heldOut.length)
report.picture(
  'attention.svg',
  tokenMap({
    title: 'Where attention looks (framed: the answer)',
    rows: Array.from({ length: shown }, (_, i) =>
      Array.from({ length }, (__, position) => ({
        text: vocabulary[tokens[i * length + position] ?? 0] ?? '',
        value: shares[i * length + position] ?? 0,
        framed: positions[i] === position,
      })),
    ),
  }),
  'Where attention looks',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Looking things up: loss' }), 'The loss')
report.end(durationOf(run))
