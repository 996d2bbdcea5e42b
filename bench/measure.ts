/**
 * Timing: libraries take turns, so that a machine that slows down slows down for all of them; the median of the
 * rounds is reported. Nothing is timed before all libraries agree on the result.
 */

import type { Library, Prepared } from './library.js'
import type { Workload } from './workloads.js'

export interface Row {
  readonly workload: string
  /** Milliseconds a step, by library; null where the library failed, with the reason. */
  readonly times: Readonly<Record<string, number | null>>
  readonly failures: Readonly<Record<string, string>>
  readonly flops: number
  readonly bytes: number
}

const median = (xs: readonly number[]): number =>
  [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)] ?? NaN

async function sample(prepared: Prepared, repeat: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < repeat; i++) prepared.step()
  await prepared.finish()
  return (performance.now() - start) / repeat
}

/** Runs until the engine's optimising tiers have had their say. */
async function warm(prepared: Prepared, repeat: number): Promise<void> {
  const until = performance.now() + 600
  for (let i = 0; i < 3 || (performance.now() < until && i < 40); i++) await sample(prepared, repeat)
}

function checkAgreement(
  workload: Workload,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  name: string,
): void {
  if (expected.length !== actual.length)
    throw new Error(`${name}: ${actual.length} elements, expected ${expected.length}`)
  const scale = Array.from(expected).reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN))
    if (!(error <= workload.tolerance * (scale + 1e-6)))
      throw new Error(`${name} disagrees at ${i}: ${actual[i]}, expected ${expected[i]}`)
  }
}

interface Entry {
  readonly library: Library
  readonly prepared: Prepared
  readonly samples: number[]
}

async function prepareAll(
  workload: Workload,
  libraries: readonly Library[],
  failures: Record<string, string>,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let expected: ArrayLike<number> | null = null
  for (const library of libraries) {
    try {
      const prepared = await library.prepare(workload)
      for (let i = 0; i < workload.stepsBeforeCheck; i++) prepared.step()
      await prepared.finish()
      const output = await prepared.output()
      if (expected === null) expected = output
      else checkAgreement(workload, expected, output, library.name)
      entries.push({ library, prepared, samples: [] })
    } catch (error) {
      failures[library.name] = error instanceof Error ? error.message : String(error)
    }
  }
  return entries
}

/** One row of the table. The first library's result is what the others are compared with. */
export async function measure(
  workload: Workload,
  libraries: readonly Library[],
  rounds: number,
): Promise<Row> {
  const failures: Record<string, string> = {}
  const entries = await prepareAll(workload, libraries, failures)
  for (const { prepared } of entries) await warm(prepared, workload.repeat)
  for (let round = 0; round < rounds; round++) {
    for (const { prepared, samples } of entries) samples.push(await sample(prepared, workload.repeat))
  }
  for (const { prepared } of entries) prepared.dispose()
  const times: Record<string, number | null> = {}
  for (const library of libraries) {
    const entry = entries.find((e) => e.library === library)
    times[library.name] = entry === undefined ? null : median(entry.samples)
  }
  return { workload: workload.name, times, failures, flops: workload.flops, bytes: workload.bytes }
}
