/**
 * `npm run bench`: cotangent beside jax-js, TensorFlow.js, JAX and PyTorch, on the same numbers. Nothing is timed before
 * its result agrees with the others'. `--help` tells the options.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { contendersOf } from './contenders.js'
import { openEnvironment, type Environment } from './environments/environment.js'
import { measure, Runner, type Row } from './measure.js'
import { readOptions, type EnvironmentName, type Options } from './options.js'
import { printProgress, printTable } from './report/console.js'
import { writeResults } from './report/markdown.js'
import type { Table } from './report/table.js'
import type { Device } from './session/library.js'
import type { Limits } from './session/protocol.js'
import { workloads } from './workloads/index.js'
import type { Workload } from './workloads/workload.js'

const here = fileURLToPath(new URL('.', import.meta.url))

function installPeers(): void {
  if (existsSync(`${here}node_modules`)) return
  console.error('Installing the peers into bench/ …')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function chosen(device: Device, options: Options): readonly Workload[] {
  const size = options.scale ?? (device === 'webgpu' ? 'reduced' : 'full')
  return workloads(size).filter(({ name }) => options.rows.some((text) => name.includes(text)))
}

const noLimits: Limits = { flops: {}, bytes: {}, fma: false }

/** What the machine can do there. The limits of a GPU are not known: its table has no shares of them. */
async function limitsIn(environment: Environment, device: Device): Promise<Limits> {
  const cores = [...new Set([1, availableParallelism()])]
  if (device === 'webgpu') return noLimits
  const session = await environment.open()
  try {
    return await session.request({ command: 'limits', cores })
  } catch (error) {
    console.error(`The limits of this machine are not known: ${String(error)}`)
    return noLimits
  } finally {
    await session.close()
  }
}

function larger(a: Limits, b: Limits): Limits {
  const rates = (x: Limits['flops'], y: Limits['flops']): Record<string, number> =>
    Object.fromEntries(Object.keys(x).map((cores) => [cores, Math.max(x[cores] ?? 0, y[cores] ?? 0)]))
  return { flops: rates(a.flops, b.flops), bytes: rates(a.bytes, b.bytes), fma: a.fma }
}

async function tableOf(name: EnvironmentName, device: Device, options: Options): Promise<Table> {
  const environment = await openEnvironment(name, options.node)
  const runners = contendersOf(environment, device, options).map((contender) => new Runner(contender))
  try {
    const before = await limitsIn(environment, device)
    const rows: Row[] = []
    for (const workload of chosen(device, options)) {
      const row = await measure(workload, runners, options.rounds)
      rows.push(row)
      printProgress(row)
    }
    const columns = runners
      .filter(({ contender }) => !contender.checkOnly)
      .map(({ contender, opened }) => ({
        name: contender.name,
        version: opened?.version ?? '',
        note: opened?.note ?? '',
      }))
    // Twice, since other programs may have been busy.
    const limits = larger(before, await limitsIn(environment, device))
    return { environment: name, description: environment.description, device, limits, columns, rows }
  } finally {
    for (const runner of runners) await runner.close()
    await environment.close()
  }
}

const options = readOptions(process.argv.slice(2))
if (options.devices.every((device) => chosen(device, options).length === 0)) {
  console.error(`No workload has '${options.rows.join("' or '")}' in its name`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]))
installPeers()
const tables: Table[] = []
for (const device of options.devices)
  for (const name of options.environments) {
    const table = await tableOf(name, device, options)
    tables.push(table)
    if (!options.json) printTable(table)
  }
if (options.json) console.log(JSON.stringify(tables, null, 2))
if (options.write) writeResults(tables)
process.exit(0)
