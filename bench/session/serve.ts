/**
 * Answers the commands of the protocol with one library in this process or page.
 */

import { measureLimits } from '../limits/measure.js'
import type { Workload } from '../workloads/workload.js'
import { openLibrary, type Library, type Prepared } from './library.js'
import type { Command, PrepareReply, Reply } from './protocol.js'
import { summarize, type Summary } from './summary.js'

let library: Library | null = null
let prepared: Prepared | null = null

/** Milliseconds a step. */
async function sample(work: Prepared, repeat: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < repeat; i++) work.step()
  await work.finish()
  return (performance.now() - start) / repeat
}

/** Runs until the engine's optimising tiers have had their say; gives the time of the last steps. */
async function warm(work: Prepared, first: number): Promise<number> {
  const milliseconds = 500
  if (first > 4 * milliseconds) return first
  let typical = await sample(work, 1)
  const until = performance.now() + milliseconds
  for (let i = 0; i < 200 && performance.now() < until; i++) {
    const repeat = Math.max(1, Math.min(50, Math.round(20 / typical)))
    typical = await sample(work, repeat)
  }
  return typical
}

async function prepare(workload: Workload): Promise<PrepareReply> {
  if (library === null) throw new Error('No library is open')
  if (workload.firstCall) await library.trivial()
  prepared = await library.prepare(workload)
  const outputs: Summary[] = []
  let first = 0
  let typical = 0
  for (let i = 0; i < workload.checkedSteps; i++) {
    typical = await sample(prepared, 1)
    if (i === 0) first = typical
    outputs.push(...(await prepared.output()).map(summarize))
  }
  if (!workload.firstCall) typical = await warm(prepared, typical)
  return { outputs, first, typical }
}

async function execute(request: Command): Promise<unknown> {
  switch (request.command) {
    case 'open': {
      library = await openLibrary(request.library, request)
      return { version: library.version, note: library.note }
    }
    case 'prepare':
      return prepare(request.workload)
    case 'sample':
      if (prepared === null) throw new Error('Nothing is prepared')
      return sample(prepared, request.repeat)
    case 'dispose':
      prepared?.dispose()
      prepared = null
      return null
    case 'limits':
      return measureLimits(request.cores, request.rounds)
  }
}

export async function answer(request: Command): Promise<Reply> {
  try {
    return { ok: true, result: await execute(request) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
