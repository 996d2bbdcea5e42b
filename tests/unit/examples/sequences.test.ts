// Examples of sequences, sounds and transfer. In short they run for a few steps, to the end and with their pictures; in
// long mode with all their steps, and reach their figures.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runExample } from './program.js'

interface Row {
  readonly example: string
  /** Options of the shortened run. */
  readonly short: readonly string[]
  readonly figures: readonly string[]
}

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
    short: ['--steps', '3', '--draws', '1'],
    figures: ['gain of transfer'],
  },
  {
    example: 'textClassification',
    short: ['--steps', '3'],
    figures: ['accuracy on held-out sentences', 'of logistic regression on words'],
  },
  { example: 'audioClassification', short: ['--steps', '3'], figures: ['accuracy on held-out sounds'] },
]

const isLong = process.env['COTANGENT_LONG'] === '1'

describe.each(rows)('$example', ({ example, short, figures }) => {
  it(isLong ? 'reaches its figures' : 'runs to its end', { timeout: isLong ? 1_000_000 : 120_000 }, () => {
    const { status, errors, result } = runExample(example, ...(isLong ? [] : short))
    expect(status, errors).toBe(0)
    const judged = result?.figures.filter(({ met }) => met !== null) ?? []
    expect(judged.map(({ name }) => name)).toEqual(figures)
    for (const { value } of judged) expect(value).toBeTypeOf('number')
    if (isLong)
      for (const { name, text, required, met } of judged)
        expect(met, `${name}: ${text}, ${required}`).toBe(true)
    const pictures = result?.pictures ?? []
    expect(pictures.length).toBeGreaterThan(0)
    for (const { file } of pictures) {
      const start = readFileSync(file).subarray(0, 4).toString('latin1')
      expect(start).toBe(file.endsWith('.svg') ? '<svg' : '\x89PNG')
    }
  })
})
