/**
 * One row of the table: every library in a session of its own prepares the workload; what they computed is compared;
 * then those that agree take turns, so that a machine that slows down slows down for all of them. What the machine can
 * do takes its turn too. Medians are reported.
 */

import type { LibraryOptions } from './session/library.js'
import {
  TimeoutError,
  type Limits,
  type Opened,
  type PrepareReply,
  type Session,
} from './session/protocol.js'
import { difference } from './session/summary.js'
import type { Workload } from './workloads/workload.js'

/** A library as a column of the table. */
export interface Contender {
  readonly name: string
  readonly library: string
  readonly options: LibraryOptions
  /** Its result is compared, its time is not reported. */
  readonly checkOnly: boolean
  open(): Promise<Session>
}

export interface Cell {
  /** Milliseconds of a step (or call), null where there are none. */
  readonly time: number | null
  /** Why there is no time: the library cannot, disagrees, or took too long. */
  readonly reason: string | null
  /** Milliseconds of the first step, compilation included. */
  readonly first: number | null
}

export interface Row {
  readonly workload: Workload
  readonly cells: Readonly<Record<string, Cell>>
  /** What the machine could do while the row was measured, if that is known. */
  readonly limits: Limits | null
}

/** Tells what the machine can do at this moment. */
export type Probe = () => Promise<Limits | null>

const median = (xs: readonly number[]): number =>
  [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)] ?? NaN

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300)

/** A contender with the session that lives as long as it answers. */
export class Runner {
  readonly contender: Contender
  opened: Opened | null = null
  #session: Session | null = null

  constructor(contender: Contender) {
    this.contender = contender
  }

  async session(): Promise<Session> {
    if (this.#session !== null) return this.#session
    const { library, options } = this.contender
    const session = await this.contender.open()
    this.#session = session
    this.opened = await session.request({ command: 'open', library, ...options })
    return session
  }
  async close(): Promise<void> {
    const session = this.#session
    this.#session = null
    await session?.close()
  }
}

interface Entry {
  readonly runner: Runner
  readonly reply: PrepareReply
  readonly samples: number[]
}

type Cells = Record<string, Cell>
const without = (reason: string): Cell => ({ time: null, reason, first: null })

async function prepareAll(
  runners: readonly Runner[],
  workload: Workload,
  cells: Cells,
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const runner of runners) {
    try {
      if (workload.firstCall) await runner.close()
      const session = await runner.session()
      const reply = await session.request({ command: 'prepare', workload })
      entries.push({ runner, reply, samples: workload.firstCall ? [reply.first] : [] })
    } catch (error) {
      const kind = error instanceof TimeoutError ? 'timed out' : 'cannot'
      cells[runner.contender.name] = without(`${kind}: ${messageOf(error)}`)
      await runner.close()
    }
  }
  return entries
}

/** Where the results of two libraries differ; null where they agree. */
function disagreement(expected: Entry, actual: Entry, tolerance: number): string | null {
  const [a, b] = [expected.reply.outputs, actual.reply.outputs]
  if (a.length !== b.length) return `${b.length} results instead of ${a.length}`
  for (const [i, summary] of a.entries()) {
    const found = difference(summary, b[i] ?? { size: 0, values: [] }, tolerance)
    if (found !== null) return a.length === 1 ? found : `result ${i}: ${found}`
  }
  return null
}

/** Those that agree with the one that most others agree with (the first of these); the rest failed. */
function agreeing(entries: readonly Entry[], tolerance: number, cells: Cells): readonly Entry[] {
  const friends = (entry: Entry): number =>
    entries.filter((other) => disagreement(entry, other, tolerance) === null).length
  const most = Math.max(...entries.map(friends))
  const reference = entries.find((entry) => friends(entry) === most)
  if (reference === undefined) return []
  return entries.filter((entry) => {
    const found = disagreement(reference, entry, tolerance)
    if (found === null) return true
    const { name } = entry.runner.contender
    cells[name] = without(`disagrees with ${reference.runner.contender.name}: ${found}`)
    return false
  })
}

/** The medians of several measurements. */
export function typicalLimits(all: readonly Limits[]): Limits | null {
  const [first] = all
  if (first === undefined) return null
  const typical = (kind: 'flops' | 'bytes'): Record<string, number> =>
    Object.fromEntries(
      Object.keys(first[kind]).map((cores) => [cores, median(all.map((limits) => limits[kind][cores] ?? 0))]),
    )
  return { flops: typical('flops'), bytes: typical('bytes'), fma: first.fma }
}

/** Milliseconds of one sample, and of all samples of a library together; slow libraries get fewer rounds. */
const sampleTime = 150
const rowTime = 10_000

async function takeTurns(
  entries: readonly Entry[],
  rounds: number,
  probe: Probe,
  cells: Cells,
): Promise<Limits | null> {
  const failed = new Set<Entry>()
  const limits: Limits[] = []
  for (let round = 0; round < rounds; round++) {
    const now = await probe()
    if (now !== null) limits.push(now)
    for (const entry of entries) {
      const { typical } = entry.reply
      if (failed.has(entry) || (round > 0 && (round + 1) * typical > rowTime)) continue
      const repeat = Math.max(1, Math.min(2000, Math.round(sampleTime / typical)))
      try {
        const session = await entry.runner.session()
        entry.samples.push(await session.request({ command: 'sample', repeat }))
      } catch (error) {
        failed.add(entry)
        cells[entry.runner.contender.name] = without(`failed: ${messageOf(error)}`)
        await entry.runner.close()
      }
    }
  }
  return typicalLimits(limits)
}

/** First calls are measured in fresh processes, of which the first has been seen already. */
async function firstCalls(
  entries: readonly Entry[],
  rounds: number,
  workload: Workload,
  cells: Cells,
): Promise<void> {
  for (let round = 1; round < Math.min(rounds, 3); round++) {
    for (const { runner, samples } of entries) {
      try {
        await runner.close()
        const session = await runner.session()
        samples.push((await session.request({ command: 'prepare', workload })).first)
      } catch (error) {
        cells[runner.contender.name] = without(`failed: ${messageOf(error)}`)
        await runner.close()
      }
    }
  }
}

export async function measure(
  workload: Workload,
  runners: readonly Runner[],
  rounds: number,
  probe: Probe,
): Promise<Row> {
  const cells: Cells = {}
  const entries = await prepareAll(runners, workload, cells)
  const good = agreeing(entries, workload.tolerance, cells)
  const timed = good.filter(({ runner }) => !runner.contender.checkOnly)
  let limits: Limits | null = null
  if (workload.firstCall) await firstCalls(timed, rounds, workload, cells)
  else limits = await takeTurns(timed, rounds, probe, cells)
  for (const { runner, samples, reply } of good) {
    const { name, checkOnly } = runner.contender
    const time = checkOnly ? null : median(samples) / workload.callsPerStep
    cells[name] ??= { time, reason: null, first: reply.first }
  }
  for (const { runner } of entries) {
    try {
      await (await runner.session()).request({ command: 'dispose' })
    } catch {
      await runner.close()
    }
  }
  return { workload, cells, limits }
}
