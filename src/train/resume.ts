/**
 * Where a run begins: at its beginning, or where a checkpoint was written.
 */

import { fail } from '../core/errors.js'
import { E } from '../core/fp.js'
import type { Key } from '../random/index.js'
import type { Callback } from './callback.js'
import { decodeCheckpoint, restoreCheckpoint, type Batching, type Checkpoint } from './checkpoint.js'
import { findCheckpoint, warnProcess } from './checkpointFiles.js'
import { keep } from './keep.js'
import type { Beginning } from './loop.js'
import type { Preview } from './preview.js'
import { startTotals, type Program, type Totals } from './program.js'
import { disposeBatch, isDataset } from './source.js'

/** What a run needs to be continued. */
interface Settings<S> {
  readonly program: Program<S>
  readonly preview: Preview
  readonly callbacks: readonly Callback<S>[]
  readonly batching: Batching
}

export interface KeyedBeginning<S> extends Beginning<S> {
  readonly key: Key
}

export const nothingDone = {
  step: 0,
  epoch: 0,
  batch: 0,
  totals: null,
  history: [],
  stopped: null,
} satisfies Omit<Beginning<never>, 'state'>

/** Where the run that `checkpoint` is of goes on; `begun` is the template of its arrays. */
export async function resumed<S>(
  checkpoint: Checkpoint,
  begun: KeyedBeginning<S>,
  settings: Settings<S>,
): Promise<KeyedBeginning<S>> {
  const { step, epoch, batch, history, stopped, batching } = checkpoint.progress
  if (batch > 0) checkBatching(batching, settings.batching, checkpoint.source)
  const isBetween = !Object.keys(checkpoint.tensors).some((name) => name.startsWith('totals.'))
  const totals = isBetween ? null : await totalsLike(begun.state, settings)
  const arrays = restoreCheckpoint(checkpoint, { ...begun, totals }, settings.callbacks)
  return { ...arrays, step, epoch, batch, history, stopped }
}

/** The newest checkpoint of a folder, or the one of a file or of bytes; null where there is none. */
export async function checkpointOf(place: string | Uint8Array): Promise<Checkpoint | null> {
  if (typeof place === 'string') return findCheckpoint(place, warnProcess)
  const decoded = decodeCheckpoint(place, 'the given bytes')
  if (E.isLeft(decoded)) throw decoded.left
  return decoded.right
}

/** Totals as this run would begin them. */
async function totalsLike<S>(state: S, { program, preview, batching }: Settings<S>): Promise<Totals> {
  const first = await preview.firstBatch(batching, 'train.fit')
  const totals = keep(startTotals(program, state, first))
  if (isDataset(preview.source)) disposeBatch(first)
  return totals
}

/** In the middle of an epoch the rest has to be what it would have been. */
function checkBatching(before: Batching, now: Batching, source: string): void {
  for (const name of ['batchSize', 'dropRemainder', 'rows'] as const) {
    if (before[name] === now[name]) continue
    fail('argument', {
      operation: `train.fit (resume from ${source})`,
      argument: name === 'rows' ? 'the rows of data' : name,
      received: String(now[name]),
      expected: `${before[name]}, as in the run that was stopped within an epoch`,
      fix: 'Change it after the epoch, or resume from a checkpoint of the end of one.',
    })
  }
}
