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
import { measure, Runner, type Probe, type Row } from './measure.js'
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

interface Limiter {
  readonly probe: Probe
  close(): Promise<void>
}

/** Asks what the machine can do there. The limits of a GPU are not known: its table has no shares of them. */
async function limiterOf(environment: Environment, device: Device): Promise<Limiter> {
  const nothing = { probe: async () => null, close: async () => undefined }
  if (device === 'webgpu') return nothing
  const cores = [...new Set([1, availableParallelism()])]
  const session = await environment.open()
  const probe = (): Promise<Limits> => session.request({ command: 'limits', cores, rounds: 1 })
  try {
    await probe()
    return { probe, close: () => session.close() }
  } catch (error) {
    console.error(`The limits of this machine are not known: ${String(error)}`)
    await session.close()
    return nothing
  }
}

async function tableOf(name: EnvironmentName, device: Device, options: Options): Promise<Table> {
  const environment = await openEnvironment(name, options.node)
  const runners = contendersOf(environment, device, options).map((contender) => new Runner(contender))
  const limiter = await limiterOf(environment, device)
  try {
    const rows: Row[] = []
    for (const workload of chosen(device, options)) {
      const row = await measure(workload, runners, options.rounds, limiter.probe)
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
    return { environment: name, description: environment.description, device, columns, rows }
  } finally {
    await limiter.close()
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
