/**
 * `npm run bench -- [--device wasm|webgpu] [--rows TEXT] [--rounds N] [--json]`: cotangent beside jax-js and
 * TensorFlow.js, in one process, on the same numbers. Prints a table of times and ratios.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { BenchDevice, Library } from './library.js'
import { measure, type Row } from './measure.js'
import { workloads } from './workloads.js'

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'wasm' },
    rows: { type: 'string', default: '' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
})

function usage(message: string): never {
  console.error(message)
  process.exit(2)
}

if (values.device !== 'wasm' && values.device !== 'webgpu')
  usage(`--device must be wasm or webgpu, got '${values.device}'`)
const device: BenchDevice = values.device
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  usage(`--rounds must be a whole number >= 1, got '${values.rounds}'`)

const here = fileURLToPath(new URL('.', import.meta.url))
if (!existsSync(`${here}node_modules`)) {
  console.error('Installing the peers into bench/ …')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Loaded after the installation above. */
const makers: readonly (() => Promise<Library>)[] = [
  async () => (await import('./libraries/cotangent.js')).cotangent(device),
  async () => (await import('./libraries/jaxjs.js')).jaxjs(device),
  async () => (await import('./libraries/tfjs.js')).tfjs(device),
]

const libraries: Library[] = []
for (const make of makers) {
  try {
    libraries.push(await make())
  } catch (error) {
    console.error(`left out: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const time = (ms: number | null | undefined): string =>
  ms === null || ms === undefined
    ? 'failed'
    : ms < 0.1
      ? `${(ms * 1000).toFixed(1)} µs`
      : `${ms.toPrecision(3)} ms`

function cells(row: Row): string[] {
  const own = row.times['cotangent'] ?? NaN
  const rate = row.flops === 0 ? '' : `${(row.flops / own / 1e6).toFixed(1)} GFLOP/s`
  const peers = libraries.slice(1).flatMap(({ name }) => {
    const peer = row.times[name]
    return [time(peer), peer === null || peer === undefined ? '' : `${(peer / own).toFixed(2)}×`]
  })
  return [row.workload, time(own), rate, ...peers]
}

function printTable(table: readonly (readonly string[])[]): void {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => [...(row[i] ?? '')].length)))
  for (const row of table)
    console.log(row.map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - [...cell].length)).join('  '))
}

const rows: Row[] = []
for (const workload of workloads) {
  if (!workload.name.includes(values.rows)) continue
  const row = await measure(workload, libraries, rounds)
  rows.push(row)
  for (const [name, reason] of Object.entries(row.failures))
    console.error(`${workload.name}: ${name}: ${reason}`)
}

if (values.json) {
  console.log(JSON.stringify({ device, node: process.version, rows }, null, 2))
} else {
  const header = ['workload', 'cotangent', '', ...libraries.slice(1).flatMap(({ name }) => [name, 'ratio'])]
  console.log(
    `device ${device}, Node ${process.version}, median of ${rounds} rounds; ratio = peer's time / cotangent's\n`,
  )
  printTable([header, ...rows.map(cells)])
}
// A WebGPU device keeps the process alive.
process.exit(0)
