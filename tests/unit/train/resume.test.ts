// A run that is killed with SIGKILL, again and again and also while it writes a checkpoint, ends with the bits of a run
// that nobody killed. COTANGENT_LONG=1 kills many times.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { bundlePrograms } from '../../support/bundles.js'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-resume-'))
const isLong = process.env['COTANGENT_LONG'] === '1'

/** Bundled, as it starts many times. */
const program = (await bundlePrograms(['tests/unit/train/programs/trainee.ts']))('trainee')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** When to kill: at this line of output, for the n-th time. */
interface Moment {
  readonly line: string
  readonly count: number
}

/** Runs the program until it ends or is killed; gives the last step it told of. */
async function runUntil(run: string, moment: Moment | null): Promise<{ isDone: boolean; steps: number[] }> {
  const child = spawn(process.execPath, [program, join(folder, run), join(folder, `${run}.safetensors`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(moment === null ? {} : { SLOW: '1' }) },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let isDone = false
  let seen = 0
  const steps: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('step ')) steps.push(Number(line.slice(5)))
    if (line === 'done') isDone = true
    if (moment !== null && line.startsWith(moment.line) && ++seen === moment.count) child.kill('SIGKILL')
  }
  await ended
  return { isDone, steps }
}

/** Kills at these moments, one after the other, then lets the run end. */
async function interrupted(run: string, moments: readonly Moment[]): Promise<void> {
  let reached = 0
  for (const moment of [...moments, null]) {
    const { isDone, steps } = await runUntil(run, moment)
    const first = steps[0] ?? reached
    // Checkpoints are three steps apart, and one that was being written does not count.
    if (reached > 0)
      expect(first, `the first step after a kill ${JSON.stringify(moment)}`).toBeGreaterThan(reached - 6)
    if (steps.length > 0) reached = steps.at(-1) ?? reached
    if (isDone) return
  }
}

const result = (run: string): Buffer => readFileSync(join(folder, `${run}.safetensors`))

it(
  'ends with the same bits, however often it is killed',
  { timeout: isLong ? 3_600_000 : 60_000 },
  async () => {
    const { isDone, steps } = await runUntil('whole', null)
    expect(isDone).toBe(true)
    expect(steps).toHaveLength(30)

    await interrupted('kills', [
      { line: 'writing', count: 3 },
      { line: 'step', count: 7 },
      { line: 'renaming', count: 3 },
    ])
    expect(result('kills').equals(result('whole'))).toBe(true)
    const files = readdirSync(join(folder, 'kills')).sort()
    expect(files).toEqual([
      'best.safetensors',
      'log.csv',
      'step-00000027.safetensors',
      'step-00000030.safetensors',
    ])
    const columns = (run: string): string[] =>
      readFileSync(join(folder, run, 'log.csv'), 'utf8')
        .split('\n')
        .map((line) => line.split(',').toSpliced(2, 1).join())
    expect(columns('kills')).toEqual(columns('whole'))
  },
)

it.runIf(isLong)(
  'ends with the same bits after kills at random moments',
  { timeout: 3_600_000 },
  async () => {
    for (let round = 0; round < 12; round++) {
      const moments = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, (): Moment => {
        const line = ['writing', 'renaming', 'renamed', 'step'][Math.floor(Math.random() * 4)] ?? 'step'
        return { line, count: 1 + Math.floor(Math.random() * (line === 'step' ? 20 : 6)) }
      })
      await interrupted(`random-${round}`, moments)
      expect(result(`random-${round}`).equals(result('whole')), JSON.stringify(moments)).toBe(true)
    }
  },
)
