// Examples of regression, classification and images: shortened runs, and in long mode their figures.

import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeExamples, isLong, type Row } from './figures.js'
import { runExample } from './program.js'

/** The number that follows `label` in a text. */
const figure = (text: string, label: string): number =>
  Number(new RegExp(`${label}\\s*(-?[\\d.]+(e-?\\d+)?)`).exec(text)?.[1] ?? NaN)

const rows: readonly Row[] = [
  {
    example: 'linearRegression',
    short: ['--steps', '300'],
    figures: ['|w - w of least squares|', 'MSE'],
    check({ output }) {
      expect(figure(output, 'w =')).toBeCloseTo(3, 1)
      // Half of U(0, 1) on average.
      expect(figure(output, 'b =')).toBeCloseTo(2.5, 1)
      expect(output).toContain('Device: wasm, asked for with --device')
    },
  },
  {
    example: 'logisticRegression',
    short: ['--steps', '100'],
    figures: ['accuracy on new points'],
    check({ output, result }) {
      expect(figure(output, 'the gradient has length')).toBeLessThan(1e-6)
      // An optimum is better than chance; the clouds overlap, so that it is not perfect.
      const [, optimum] = result?.figures ?? []
      expect(optimum?.value).toBeGreaterThan(0.85)
      expect(optimum?.value).toBeLessThan(0.95)
    },
  },
  {
    example: 'mlp',
    short: ['--epochs', '1'],
    figures: ['accuracy on held-out points', 'accuracy of a linear model'],
  },
  { example: 'cnnMnist', short: ['--epochs', '1'], figures: ['accuracy on test images'] },
  { example: 'cnnCifar', short: ['--steps', '2'], figures: ['accuracy on validation images'] },
  {
    example: 'autoencoder',
    short: ['--epochs', '1'],
    figures: ['reconstruction error (MSE) on test images'],
    check({ result }) {
      // What eight principal components leave of the digits does not depend on the training.
      expect(result?.figures.at(-1)?.value).toBeCloseTo(0.0238, 3)
    },
  },
  {
    example: 'gan',
    short: ['--epochs', '2'],
    figures: ['classes among 500 drawn digits', "the judge's mean confidence"],
    check({ result }) {
      const folder = join(dirname(result?.pictures[0]?.file ?? ''), 'tenths')
      const grids = readdirSync(folder)
      // After each tenth of the way; two epochs are a half each.
      expect(grids).toEqual(result?.epochs === 2 ? ['05.png', '10.png'] : grids)
      expect(grids.length).toBe(Math.min(10, result?.epochs ?? 0))
    },
  },
]

describeExamples(rows)

const folder = mkdtempSync(join(tmpdir(), 'cotangent-data-'))
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const patient = { timeout: 120_000 }

it('linearRegression reads points from a file', patient, () => {
  const points = Array.from({ length: 20 }, (_, i) => `${i / 20},${(-2 * i) / 20 + 1}`)
  const { status, output } = runExample(
    'linearRegression',
    '--data',
    file('line.csv', `x,y\n${points.join('\n')}\n`),
  )
  expect(status).toBe(0)
  expect(figure(output, 'w =')).toBeCloseTo(-2, 2)
  expect(figure(output, 'b =')).toBeCloseTo(1, 2)
})

it('mlp and logisticRegression read points and classes from a file', patient, () => {
  const points = Array.from(
    { length: 60 },
    (_, i) => `${Math.cos(i)},${Math.sin(i)},${Math.cos(i) > 0 ? 1 : 0}`,
  )
  const path = file('points.csv', `x1,x2,y\n${points.join('\n')}\n`)
  for (const [name, ...options] of [
    ['logisticRegression', '--steps', '200'],
    ['mlp', '--epochs', '40'],
  ] as const) {
    const { status, result } = runExample(name, '--data', path, ...options)
    expect(status).toBe(0)
    expect(result?.figures[0]?.value).toBeGreaterThan(0.9)
  }
})

it('a file without the columns, or with other classes, is one line and status 2', patient, () => {
  for (const [content, message] of [
    ['a,b\n1,2\n', /--data .*line2.csv: data.features/],
    ['x1,x2,y\n1,2,7\n', /--data .*line2.csv: y must be a class below 2, got 7/],
  ] as const) {
    const { status, errors } = runExample('logisticRegression', '--data', file('line2.csv', content))
    expect(status).toBe(2)
    expect(errors.trimEnd().split('\n')).toEqual([expect.stringMatching(message)])
  }
})

it('cnnCifar reads the binary files of CIFAR-10', patient, () => {
  const records = (n: number): Uint8Array =>
    Uint8Array.from({ length: 3073 * n }, (_, i) => (i % 3073 === 0 ? Math.floor(i / 3073) % 10 : i % 251))
  file('data_batch_1.bin', records(70))
  file('data_batch_2.bin', records(10))
  file('test_batch.bin', records(20))
  const { status, output, result } = runExample('cnnCifar', '--data', folder, '--steps', '1')
  expect(status).toBe(0)
  expect(output).toContain('80 images to train, 20 to validate, each 32×32×3')
  expect(result?.figures.map(({ met }) => met)).toEqual([null])
})

// MNIST is too large for this repository; it may stand beside it.
const mnist = fileURLToPath(new URL('../../../../shared/data/mnist', import.meta.url))
it.skipIf(!isLong || !existsSync(mnist))(
  'cnnMnist reaches its figure on MNIST',
  { timeout: 1_000_000 },
  () => {
    const { status, errors, result } = runExample('cnnMnist', '--data', mnist)
    expect(status, errors).toBe(0)
    const [accuracy] = result?.figures ?? []
    expect(accuracy?.value, accuracy?.text).toBeGreaterThanOrEqual(0.975)
  },
)
