// Examples of sequences, sounds and transfer: shortened runs, and in long mode their figures.

import { describeExamples, type Row } from './figures.js'

const rows: readonly Row[] = [
  { example: 'rnn', short: ['--steps', '5'], figures: ['accuracy on held-out digits'] },
  {
    example: 'lstm',
    short: ['--steps', '5'],
    figures: ['root mean squared error on the noisy sine', 'root mean squared error on the Mackey–Glass'],
  },
  {
    example: 'attention',
    short: ['--steps', '3'],
    figures: ['attention points at the answer', 'right answers to held-out questions'],
  },
  {
    example: 'charTransformer',
    short: ['--steps', '3', '--length', '20'],
    figures: ['perplexity of held-out characters'],
  },
  {
    example: 'transferLearning',
    short: ['--steps', '3'],
    figures: ['gain of transfer'],
  },
  {
    example: 'textClassification',
    short: ['--steps', '3'],
    figures: ['accuracy on held-out sentences', 'of logistic regression on words'],
  },
  { example: 'audioClassification', short: ['--steps', '3'], figures: ['accuracy on held-out sounds'] },
]

describeExamples(rows)
