// An example as a process of its own. Its name and options in → how it ended, what it printed, what --json wrote.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Result } from '../../../examples/support/report.js'
import { bundlePrograms } from '../../support/bundles.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const isLong = process.env['COTANGENT_LONG'] === '1'

/** The names of all examples. */
export const examples = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
const bundled = await bundlePrograms(examples.map((name) => `examples/${name}.ts`))

const scratch = mkdtempSync(join(tmpdir(), 'cotangent-examples-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

export interface Outcome {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

export interface Ended extends Outcome {
  /** What --json wrote; null where the program did not come to its end. */
  readonly result: Result | null
}

/** Runs a program of Node in the repository's folder. */
export function runNode(...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: root,
    encoding: 'utf8',
    timeout: isLong ? 900_000 : 240_000,
  })
  return { status, output: stdout, errors: stderr }
}

/** Runs an example with these options and no others. */
export const runBare = (name: string, ...options: readonly string[]): Outcome =>
  runNode(bundled(name), ...options)

/** Runs an example on a device, its pictures in a new folder for temporary files. */
export function runOn(device: string, name: string, ...options: readonly string[]): Ended {
  const folder = mkdtempSync(join(scratch, `${name}-`))
  const json = join(folder, 'result.json')
  const outcome = runBare(name, '--device', device, '--out', folder, '--json', json, ...options)
  const result = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as Result) : null
  return { ...outcome, result }
}

/** Runs an example on `wasm`. */
export const runExample = (name: string, ...options: readonly string[]): Ended =>
  runOn('wasm', name, ...options)
