// The gate after `npm ci`: every check that a change must pass, each as a process of its own.
// Nothing in → a report of the steps, ended by one line that adds up what ran; status 1 when anything failed.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { add, format, lastTally, nothing, vitestTally, type Tally, type VitestReport } from './tally.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'cotangent-ci-'))
const DEVICES = ['reference', 'wasm', 'webgpu'] as const
const passed: Tally = { ...nothing, passed: 1 }
const failed: Tally = { ...nothing, failed: 1 }

let total = nothing

async function step(name: string, run: () => Promise<Tally>): Promise<void> {
  const start = performance.now()
  const tally = await run().catch((error: unknown) => {
    console.log(error)
    return failed
  })
  total = add(total, tally)
  console.log(`== ${name}: ${format(tally)} (${((performance.now() - start) / 1000).toFixed(0)} s)`)
}

interface Outcome {
  readonly status: number | null
  readonly output: string
}

/** Runs a command and shows its output as it comes; standard output is also collected. */
async function shell(words: readonly string[], minutes: number, folder = root): Promise<Outcome> {
  console.log(`$ ${words.join(' ')}`)
  const [program = '', ...rest] = words
  // A group of its own, so that what it started ends with it when its time is up.
  const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(() => {
    console.log(`stopped after ${minutes} minutes`)
    stop()
  }, minutes * 60_000)
  process.once('exit', stop)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    process.stdout.write(text)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  process.off('exit', stop)
  return { status, output }
}

/** A program that counts for itself: its last line is believed, unless its exit status says otherwise. */
function counted({ status, output }: Outcome): Tally {
  const tally = lastTally(output)
  if (tally === undefined || (status !== 0 && tally.failed === 0)) return add(tally ?? nothing, failed)
  return tally
}

async function tests(): Promise<Tally> {
  const file = join(scratch, 'tests.json')
  const { status } = await shell(
    ['npm', 'test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    30,
  )
  if (!existsSync(file)) return failed
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  let tally = vitestTally(report)
  // A machine without an adapter or a browser must not look like one on which they work.
  for (const folder of ['gpu', 'browser']) {
    const part = vitestTally(report, (path) => path.includes(`/tests/${folder}/`))
    if (part.passed > 0 && part.skipped === 0) continue
    console.log(`tests/${folder} did not run in full: ${format(part)}`)
    tally = add(tally, failed)
  }
  return status !== 0 && tally.failed === 0 ? add(tally, failed) : tally
}

/** The command on one file of recorded results; `npm test` compares all files on all devices. */
async function conformance(device: string): Promise<Tally> {
  const words = ['npm', 'run', '--silent', 'conformance', '--', '--device', device, 'random']
  const tally = counted(await shell(words, 10))
  return tally.passed > 0 ? tally : add(tally, failed)
}

const exampleCommand = (name: string): string[] => ['npm', 'run', '--silent', 'example', name, '--']

/** One short run on one device; which of the budget options an example has stands in its own help. */
async function example(name: string, device: string, help: string): Promise<Tally> {
  const budget = [
    ...(help.includes('--epochs') ? ['--epochs', '1'] : []),
    // A software adapter takes minutes for what a GPU does in seconds.
    ...(help.includes('--steps') ? ['--steps', device === 'webgpu' ? '2' : '20'] : []),
  ]
  const { status } = await shell([...exampleCommand(name), '--device', device, ...budget], 10)
  return status === 0 ? passed : failed
}

/** What a user does: installs the tarball into an empty project and runs a program. */
async function installed(): Promise<Tally> {
  const project = join(scratch, 'project')
  const script = `
    import { grad, jit, numpy as np } from 'cotangent'
    const slope = jit(grad((x) => np.sum(np.multiply(x, x))))
    console.log(JSON.stringify(slope(np.array([1, 2, 3])).js()))`
  const pack = await shell(['npm', 'pack', '--silent', '--pack-destination', scratch], 2)
  const tarball = join(scratch, pack.output.trim())
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const install = await shell(['npm', 'install', '--no-audit', '--no-fund', tarball], 5, project)
  if (pack.status !== 0 || install.status !== 0) return failed
  writeFileSync(join(project, 'program.mjs'), script)
  const { status, output } = await shell([process.execPath, 'program.mjs'], 1, project)
  return status === 0 && output.trim() === '[2,4,6]' ? passed : failed
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

await step('check', async () => counted(await shell(['npm', 'run', '--silent', 'check'], 15)))
await step('test', tests)
for (const device of DEVICES) await step(`conformance on ${device}`, () => conformance(device))
for (const file of readdirSync(join(root, 'examples')).filter((entry) => entry.endsWith('.ts'))) {
  const name = basename(file, '.ts')
  // Without it the runs would be long ones: they are left out, and count as failed.
  const { status, output: help } = await shell([...exampleCommand(name), '--help'], 2)
  for (const device of ['wasm', 'webgpu'])
    await step(`example ${name} on ${device}`, async () =>
      status === 0 ? example(name, device, help) : failed,
    )
}
await step('install of the packed tarball', installed)

rmSync(scratch, { recursive: true, force: true })
console.log(format(total))
process.exit(total.failed === 0 ? 0 : 1)
