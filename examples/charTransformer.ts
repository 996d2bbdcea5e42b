// A causal transformer learns to tell the next character of a book, beside a trigram model, and writes on by itself.
// Run it with `npm run example charTransformer`.

import { writeFileSync } from 'node:fs'
import { data, nn, numpy as np, random, train, type NDArray } from 'cotangent'
import { loss, model, optimizer, writer } from './models/charTransformer.js'
import { commandLine, common, count, text } from './support/commandLine.js'
import { aliceFile, overlapping, randomStretches, readCorpus, stretches } from './support/corpus.js'
import { explainModelAndExit } from './support/explain.js'
import { learningCurve } from './support/picture/learningCurve.js'
import { tokenMap } from './support/picture/tokenMap.js'
import { begin, durationOf } from './support/report.js'
import { stepLimit, stopAfter } from './support/stepLimit.js'
import { trigramPerplexity } from './support/trigrams.js'

const options = commandLine('A causal transformer learns the characters of a book, and writes on.', {
  epochs: count(20, 'times 100 steps'),
  steps: stepLimit,
  length: count(400, 'how many characters it writes at the end'),
  data: text('FILE', "a text in UTF-8 (default Alice's Adventures in Wonderland, which comes along)"),
  ...common,
})
const report = await begin(options)
const { epochs, seed } = options
// A short look does not need a long text.
const length = options.steps === undefined ? options.length : Math.min(options.length, 40)

const { alphabet, training, heldOut } = readCorpus(options.data ?? aliceFile)
const characters = alphabet.length
console.log(
  `${training.length} characters to learn from, ${heldOut.length} held out, ${characters} different ones\n`,
)

const [context, batchSize, stepsPerEpoch] = [64, 16, 100]
const net = model({ characters, context, features: 64, blocks: 3, heads: 4 })
const examples = (epoch: number) =>
  randomStretches(training, stepsPerEpoch * batchSize, context, 1000 * seed + epoch)
const batches = (epoch: number) => data.batches(examples(epoch), batchSize)
const plan = { model: net, loss, optimizer: optimizer(epochs * stepsPerEpoch) }
if (options.explain) explainModelAndExit({ ...plan, data: examples(0), batchSize })
const beginnings = Array.from({ length: Math.floor((heldOut.length - 1) / context) }, (_, i) => i * context)
const run = await train.fit({
  ...plan,
  data: batches,
  validation: stretches(heldOut, beginnings, context),
  batchSize: 128,
  epochs,
  key: random.key(seed),
  callbacks: [train.progress(), stopAfter(options.steps)],
})
const variables = run.state

// Both models tell the same characters; the transformer sees at least half a context before each.
const half = context / 2
const judged = overlapping(heldOut, context)
const logits = await train.predict({ model: net, variables, data: judged, batchSize: 128 })
const { y } = data.all(judged)
const later = (x: NDArray): NDArray => x.slice([], [half])
const perplexity = Math.exp(await loss(later(logits), later(y)).itemAsync())
const limits = { start: half + 1, end: half + 1 + judged.length * half, characters }
const trigrams = trigramPerplexity(training, heldOut, limits)
report.figure({ name: 'perplexity of held-out characters', value: perplexity, atMost: trigrams })
report.figure({ name: 'perplexity of trigrams (Kneser–Ney)', value: trigrams })

const prompt = np.array(heldOut.slice(0, context), { dtype: 'int32' })
const write = writer(net, variables.state, length)
const written = await write(variables.params, prompt, np.array(seed, { dtype: 'int32' })).data()
const spelled = (numbers: ArrayLike<number>): string => Array.from(numbers, (i) => alphabet[i] ?? '').join('')
const sample = `${spelled(heldOut.subarray(0, context))}|${spelled(written)}`
console.log(`\n── held-out text | what the model writes on ──\n${sample}\n`)
writeFileSync(report.path('sample.txt'), sample)

// The surprise of a character in bits: how many of 2^bits equally likely ones it would be like.
const surprises = await np
  .takeAlongAxis(np.negative(nn.logSoftmax(later(logits))), np.expandDims(later(y), 2), 2)
  .div(Math.LN2)
  .data()
const shown = await later(y).data()
const width = 40
report.picture(
  'surprise.svg',
  tokenMap({
    title: 'How surprising each character of the held-out text is (white: expected, blue: 8 bits)',
    rows: Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: width }, (__, j) => {
        const at = i * width + j
        return { text: spelled([shown[at] ?? 0]).replace('\n', '↵'), value: (surprises[at] ?? 0) / 8 }
      }),
    ),
  }),
  'How surprising each character is',
)
report.picture(
  'learning.svg',
  learningCurve(run.history, { title: 'Characters of a book: loss' }),
  'The loss',
)
report.end(durationOf(run))
