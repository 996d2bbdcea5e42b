// Tells praise from blame in sentences with negations: a small network over word vectors, beside logistic regression.
// Run it with `npm run example textClassification`.

import { nn, random, train } from 'cotangent'
import {
  bagOfWords,
  encoded,
  loss,
  model,
  sentences,
  setup,
  vocabularyOf,
} from './models/textClassification.js'
import { commandLine, common, count } from './support/commandLine.js'
import { explainModelAndExit } from './support/explain.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { tokenMap } from './support/picture/tokenMap.js'
import { begin, durationOf } from './support/report.js'
import type { Sentence } from './support/sentences.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { readSentences, sentencesFile } from './support/table.js'
import { wordsThatTell } from './support/wordsThatTell.js'

const options = commandLine('Tells praise from blame in generated sentences with negations.', {
  epochs: count(6, 'passes over the 8,000 training sentences'),
  steps: stepLimit,
  data: sentencesFile,
  ...common,
})
const report = await begin(options)
const { epochs, seed } = options

const generated = (): [training: Sentence[], heldOut: Sentence[]] => {
  const training = sentences(2 * seed, 8000)
  return [training, sentences(2 * seed + 1, 1000, training)]
}
const read = async (file: string): Promise<[training: Sentence[], heldOut: Sentence[]]> => {
  const all = await readSentences(file)
  const cut = Math.floor(all.length * 0.8)
  return [all.slice(0, cut), all.slice(cut)]
}
const isGenerated = options.data === undefined
const [training, heldOut] = options.data === undefined ? generated() : await read(options.data)
const vocabulary = vocabularyOf(training)
console.log(`${vocabulary.length} words; the first sentence: ${training[0]?.words.join(' ')}\n`)

const [learned, judged] = [encoded(training, vocabulary), encoded(heldOut, vocabulary)]
const metrics = { accuracy: nn.metrics.accuracy() }
const key = random.key(seed)
const plan = setup(model(vocabulary.length), learned, epochs, 2e-3)
if (options.explain) explainModelAndExit(plan)
const callbacks = [train.progress(), stopAfter(options.steps)]
const run = await train.fit({ ...plan, validation: judged, metrics, epochs, key, callbacks })
const variables = run.state
const { accuracy } = await train.evaluate({ model: plan.model, variables, loss, data: judged, metrics })

const bag = setup(bagOfWords(vocabulary.length), learned, epochs, 0.1)
const plain = await train.fit({ ...bag, epochs, key, callbacks: [stopAfter(options.steps)] })
const baseline = await train.evaluate({
  model: bag.model,
  variables: plain.state,
  loss,
  data: judged,
  metrics,
})

report.figure({
  name: 'accuracy on held-out sentences',
  value: accuracy,
  as: 'percent',
  ...(isGenerated ? { atLeast: 0.95 } : {}),
})
const worse = accuracy - 0.1
report.figure({
  name: 'of logistic regression on words',
  value: baseline.accuracy,
  as: 'percent',
  atMost: worse,
})

const readable = heldOut.filter(({ words }) => words.length > 10 && words.length < 20)
const shown = (readable.length === 0 ? heldOut : readable).slice(0, 8)
const told = await wordsThatTell(plan.model, variables, shown, vocabulary)
report.picture(
  'words.svg',
  tokenMap({
    title: 'What each word adds to praise (blue) or blame (orange)',
    rows: shown.map(({ words }, i) =>
      words.map((text, j) => ({ text, value: (told[i]?.effects[j] ?? 0) / 8 })),
    ),
    notes: told.map(({ praise }) => `${(100 * praise).toFixed(0)} % praise`),
  }),
  'What each word adds',
)
report.picture('learning.svg', learningCurve(run.history, { title: 'Praise or blame: loss' }), 'The loss')
report.end(durationOf(run))
