// The examples as a user runs them: their figures, their help, and one line and status 2 for a bad value.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { examples, runBare as run, runNode } from './program.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const digits = join(root, 'examples', 'data', 'digits')
const scratch = mkdtempSync(join(tmpdir(), 'cotangent-examples-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** The number that follows `label` in a text. */
const figure = (text: string, label: string): number =>
  Number(new RegExp(`${label}\\s*(-?[\\d.]+)`).exec(text)?.[1] ?? NaN)

const patient = { timeout: 300_000 }

describe('figures', patient, () => {
  it('mlpDigits reads 96 % of unseen digits, and its gradient is right', () => {
    // The one that is started as `npm run example` does it.
    const launcher = ['--import', 'tsx', 'scripts/example.ts', 'mlpDigits']
    const { status, output } = runNode(...launcher, '--device', 'wasm', '--seed', '3')
    expect(status).toBe(0)
    expect(figure(output, 'test accuracy:')).toBeGreaterThanOrEqual(96)
    expect(output).toContain('gradient check: jvp and vjp of this loss agree')
    expect(output).toMatch(/880\/880 {2}loss 0\.\d+ {2}\d+ steps\/s/)
  })

  it('mlpDigits takes a folder of IDX files that are not gzipped', () => {
    for (const name of ['images-idx3-ubyte', 'labels-idx1-ubyte']) {
      writeFileSync(join(scratch, name), gunzipSync(readFileSync(join(digits, `${name}.gz`))))
    }
    const { status, output } = run('mlpDigits', '--device', 'wasm', '--epochs', '1', '--data', scratch)
    expect(status).toBe(0)
    expect(output).toContain('1438 images to train, 359 to test, each 8×8')
  })
})

describe('--explain', patient, () => {
  it('shows the stages', () => {
    const { status, output } = run('mlpDigits', '--device', 'wasm', '--explain')
    expect(status).toBe(0)
    expect([...output.matchAll(/^── (\w+)/gm)].map((match) => match[1])).toEqual([
      'jaxpr',
      'kernels',
      'memory',
      'wat',
    ])
    expect(output).toContain('contraction')
    expect(output).not.toContain('steps/s')
  })
})

describe('the command line', patient, () => {
  it.each(examples)('%s has help', (name) => {
    const { status, output } = run(name, '--help')
    expect(status).toBe(0)
    expect(output).toContain(`npm run example ${name} -- [options]`)
    for (const option of ['device', 'seed', 'data', 'out', 'json', 'explain', 'help'])
      expect(output).toContain(`--${option}`)
    expect(output).toMatch(/--(steps|epochs) N/)
  })

  const empty = mkdtempSync(join(scratch, 'empty-'))
  const broken = mkdtempSync(join(scratch, 'broken-'))
  copyFileSync(join(digits, 'labels-idx1-ubyte.gz'), join(broken, 'labels.gz'))
  writeFileSync(
    join(broken, 'images.gz'),
    readFileSync(join(digits, 'images-idx3-ubyte.gz')).subarray(0, 1000),
  )

  it.each([
    [['--epochs', 'many'], "mlpDigits: --epochs must be a whole number >= 1, got 'many'"],
    [['--epochs', '0'], "mlpDigits: --epochs must be a whole number >= 1, got '0'"],
    [['--seed', '-1'], "mlpDigits: Option '--seed' argument is ambiguous."],
    [['--device', 'tpu'], "mlpDigits: --device must be one of webgpu, wasm, reference, got 'tpu'"],
    [['--steps', '3'], "mlpDigits: Unknown option '--steps'"],
    [
      ['--device', 'wasm', '--data', '/nowhere'],
      "mlpDigits: --data must be a folder that can be read, got '/nowhere'",
    ],
    [
      ['--device', 'wasm', '--data', empty],
      `mlpDigits: --data ${empty} has no IDX file with 'images' in its name`,
    ],
    [['--device', 'wasm', '--data', broken], `mlpDigits: data.readIdx: ${join(broken, 'images.gz')}, byte `],
  ])('%j is one line and status 2', (options, message) => {
    const { status, errors } = run('mlpDigits', ...options)
    expect(status).toBe(2)
    expect(errors.trimEnd().split('\n')).toEqual([expect.stringContaining(message)])
  })
})
