// Examples of sequences, sounds and transfer: shortened runs, and in long mode their figures.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { io } from 'cotangent'
import { questions } from '../../../examples/models/attention.js'
import { describeExamples, type Row } from './figures.js'
import { runExample } from './program.js'

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

const folder = mkdtempSync(join(tmpdir(), 'cotangent-data-'))
const file = (name: string, lines: readonly string[]): string => {
  writeFileSync(join(folder, name), lines.join('\n'))
  return join(folder, name)
}
const patient = { timeout: 120_000 }

it('lstm reads a series from a file', patient, () => {
  const values = Array.from({ length: 300 }, (_, i) => String(100 + 20 * Math.sin(i / 2)))
  const { status, result } = runExample('lstm', '--data', file('waves.csv', ['value', ...values]))
  expect(status).toBe(0)
  // A sine with mean square 1, half a radian later: 2 sin(1/4).
  const [error, persistence] = result?.figures ?? []
  expect(persistence?.value).toBeCloseTo(0.495, 2)
  expect(error?.value).toBeLessThan((persistence?.value ?? 0) / 2)
})

it('textClassification reads sentences from a file', patient, () => {
  const lines = Array.from(
    { length: 400 },
    (_, i) => `"${i % 2 ? 'It is' : 'It is not'} so good, number ${i % 7}.",${i % 2}`,
  )
  const { status, result } = runExample(
    'textClassification',
    '--data',
    file('said.csv', ['text,label', ...lines]),
  )
  expect(status).toBe(0)
  expect(result?.figures[0]?.value).toBe(1)
})

it('attention reads lists from a file of NumPy', patient, async () => {
  const path = join(folder, 'lists.npz')
  await io.writeNpz(path, questions(5, 640).tensors)
  const { status, result } = runExample('attention', '--data', path, '--steps', '3')
  expect(status).toBe(0)
  expect(result?.figures.map(({ name }) => name)).toContain('attention points at the answer')
})

it(
  'audioClassification reads sounds from a file of NumPy, and says what is wrong with one',
  patient,
  async () => {
    const path = join(folder, 'sounds.npz')
    const noise = Float32Array.from({ length: 40 * 4096 }, (_, i) => Math.sin(i * i))
    const x = { data: noise, shape: [40, 4096], dtype: 'float32' } as const
    const labels = (kinds: number) =>
      ({ data: Int32Array.from({ length: 40 }, (_, i) => i % kinds), shape: [40], dtype: 'int32' }) as const
    await io.writeNpz(path, { x, y: labels(8) })
    expect(runExample('audioClassification', '--data', path, '--steps', '2').status).toBe(0)
    await io.writeNpz(path, { x, y: labels(9) })
    const { status, errors } = runExample('audioClassification', '--data', path)
    expect(status).toBe(2)
    expect(errors.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/--data .*sounds.npz: y must be int32\[40\] of numbers below 8, got int32\[40\]/),
    ])
  },
)

it('a file without the columns is one line and status 2', patient, () => {
  const { status, errors } = runExample('lstm', '--data', file('other.csv', ['time', '1']))
  expect(status).toBe(2)
  expect(errors.trimEnd().split('\n')).toEqual([expect.stringMatching(/--data .*other.csv: data.features/)])
})
