// The examples on WebGPU, for a few steps: two of them, and in long mode all.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Result } from '../../examples/support/report.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isLong = process.env['COTANGENT_LONG'] === '1'
const all = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  // It has no --steps; its network and data are those of other examples.
  .filter((name) => name !== 'mlpDigits')

it.each(isLong ? all : ['linearRegression', 'logisticRegression'])('%s', { timeout: 600_000 }, (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-gpu-'))
  const json = join(folder, 'result.json')
  const options = ['--device', 'webgpu', '--steps', '3', '--out', folder, '--json', json]
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(root, 'examples', `${name}.ts`), ...options],
    { cwd: root, encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  const { device, figures } = JSON.parse(readFileSync(json, 'utf8')) as Result
  expect(device).toBe('webgpu')
  for (const { value } of figures) expect(value).toBeTypeOf('number')
})
