// An example as a process of its own. Its name and options in → how it ended, what it printed, what --json wrote.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../../../examples/support/report.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly output: string
  readonly errors: string
  /** What --json wrote; null where the program did not come to its end. */
  readonly result: Result | null
}

/** Runs examples/NAME.ts on `wasm`, its pictures in a new folder for temporary files. */
export function runExample(name: string, ...options: readonly string[]): Ended {
  const folder = mkdtempSync(join(tmpdir(), `cotangent-${name}-`))
  const json = join(folder, 'result.json')
  const args = ['--device', 'wasm', '--out', folder, '--json', json, ...options]
  const file = join(root, 'examples', `${name}.ts`)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 900_000,
  })
  const result = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as Result) : null
  return { status, output: stdout, errors: stderr, result }
}
