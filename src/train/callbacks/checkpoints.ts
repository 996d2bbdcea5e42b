/**
 * checkpoints: files from which a run can be continued as if it had never stopped.
 */

import { fail } from '../../core/errors.js'
import type { Callback, Position } from '../callback.js'
import { listCheckpoints, nameOf, removeTemporaries, writeCheckpoint } from '../checkpointFiles.js'
import { comparison, type MonitorOptions } from '../monitor.js'
import { requireNode } from '../nodeFiles.js'

export interface CheckpointOptions {
  /** How often: every so many epochs, or steps; default every epoch. */
  readonly every?: { readonly epochs: number } | { readonly steps: number }
  /** How many of the last ones stay; default 3. */
  readonly last?: number
  /** Keep the checkpoint of the best epoch too, as `best.safetensors`; default false. */
  readonly best?: boolean | MonitorOptions
}

const operation = 'train.checkpoints'

/**
 * Writes checkpoints to a folder: `step-00000123.safetensors`, the last few, and `best.safetensors` if asked for. Each
 * holds everything of the run at that moment: parameters, states of model, optimizer and callbacks, key, position in the
 * data, running means, history. A file is written under another name, forced to the disk and renamed, so that it is
 * whole whenever the process or the machine dies. `fit` with `resume: folder` continues from the newest one and ends
 * with the same bits as a run that was never stopped. A run that a signal aborts leaves a last checkpoint. Node only.
 *
 * Errors: `argument` where the folder has checkpoints of a run that is not resumed; `data` where a file cannot be written.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train, type NDArray } from 'cotangent'
 * import { mkdtempSync } from 'node:fs'
 * const folder = mkdtempSync('/tmp/run-')
 * const options = {
 *   data: data.fromArrays(np.arange(64).astype('float32')),
 *   state: np.array(0.5),
 *   step: (sum: NDArray, x: NDArray) => [sum.add(x.mean()), { loss: x.mean() }] as const,
 *   callbacks: [train.checkpoints(folder, { every: { steps: 2 } })],
 *   resume: folder, // nothing is there at first
 * }
 * const whole = await train.fit({ ...options, epochs: 2 })
 * const more = await train.fit({ ...options, epochs: 3 }) // goes on after the second epoch
 * console.log(whole.step, more.step, more.history.length) // 4 6 3
 * ```
 */
export function checkpoints(folder: string, options: CheckpointOptions = {}): Callback {
  const { every = { epochs: 1 }, last = 3, best = false } = options
  checkOptions(options)
  const compared = best === false ? null : comparison(best === true ? {} : best, operation)
  let bestValue: number | null = null
  let written = -1
  const write = async ({ step }: Position, checkpoint: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const bytes = await checkpoint()
    const { path, fs } = requireNode(operation)
    await writeCheckpoint(path.join(folder, nameOf(step)), bytes)
    written = step
    const old = (await listCheckpoints(folder, operation)).filter((file) => file.step <= step).slice(last)
    for (const file of old) await fs.rm(file.path, { force: true })
    return bytes
  }
  return {
    name: 'checkpoints',
    isLate: true,
    async onStart({ step, mayResume, names }) {
      compared?.check(names)
      written = step
      if (step === 0) bestValue = null
      await prepare(folder, step, mayResume)
    },
    async onStepEnd(event) {
      if ('steps' in every && event.step % every.steps === 0) await write(event, () => event.checkpoint())
    },
    async onEpochEnd(event) {
      const value = compared?.valueOf(event.record)
      const isBest = value !== undefined && compared?.isBetter(value, bestValue) === true
      if (isBest) bestValue = value
      const isDue = 'epochs' in every && event.epoch % every.epochs === 0
      // The end of training has a checkpoint whatever the rhythm.
      const bytes =
        isDue || event.epoch === event.epochs ? await write(event, () => event.checkpoint()) : null
      if (isBest)
        await writeCheckpoint(
          requireNode(operation).path.join(folder, 'best.safetensors'),
          bytes ?? (await event.checkpoint()),
        )
    },
    async onEnd(event) {
      if (event.stopped !== null && event.step > written) await write(event, () => event.checkpoint())
    },
    save: () => ({ json: { bestValue }, states: {} }),
    restore({ json }) {
      bestValue = (json as { readonly bestValue: number | null }).bestValue
    },
  }
}

function checkOptions({ every = { epochs: 1 }, last = 3 }: CheckpointOptions): void {
  const [unit, count] = 'steps' in every ? ['steps', every.steps] : ['epochs', every.epochs]
  const check = (argument: string, value: number): void => {
    if (Number.isInteger(value) && value >= 1) return
    fail('argument', { operation, argument, received: String(value), expected: 'a whole number >= 1' })
  }
  check(`every.${unit}`, count)
  check('last', last)
}

/** Makes the folder; what is in it belongs to this run, up to its first step. */
async function prepare(folder: string, step: number, mayResume: boolean): Promise<void> {
  const { fs } = requireNode(operation)
  await fs.mkdir(folder, { recursive: true })
  await removeTemporaries(folder)
  const found = await listCheckpoints(folder, operation)
  if (!mayResume && found.length > 0) {
    fail('argument', {
      operation,
      argument: 'folder',
      received: `'${folder}', which has checkpoints of another run up to step ${found[0]?.step ?? 0}`,
      expected: 'a folder without checkpoints, as nothing is resumed',
      fix: 'Give fit resume: folder to continue that run, or take another folder.',
    })
  }
  // Newer ones than the one that was resumed cannot be read.
  for (const { path, step: later } of found) if (later > step) await fs.rename(path, `${path}.damaged`)
}
