/**
 * Checkpoints: a run at one moment ↔ the bytes of one safetensors file. The arrays are tensors, everything else is JSON
 * in the metadata, and a checksum over both tells damaged files.
 */

import { CotangentError, fail } from '../core/errors.js'
import { E, type Either } from '../core/fp.js'
import type { HostTensor } from '../io/host.js'
import { loadInto } from '../io/loadInto.js'
import { toHostTensors } from '../io/names.js'
import { decodeSafetensorsOf, encodeSafetensors } from '../io/safetensors.js'
import { dataError, type DataError } from '../io/source.js'
import * as random from '../random/index.js'
import type { Callback, EpochRecord, Json } from './callback.js'
import { crc32c } from './crc32c.js'
import { fromJson, toJson } from './json.js'
import type { Totals } from './program.js'
import type { BatchingOptions } from './source.js'

/** A run at one moment, arrays apart. */
export interface Progress {
  readonly step: number
  readonly epoch: number
  readonly batch: number
  readonly history: readonly EpochRecord[]
  readonly stopped: string | null
  /** What the position in an epoch depends on. */
  readonly batching: Batching
  readonly callbacks: Readonly<Record<string, SavedJson>>
}

export interface Batching extends Required<BatchingOptions> {
  /** Rows of the dataset; null where a function gives the batches. */
  readonly rows: number | null
}

interface SavedJson {
  readonly json: Json
  /** The names of the trees that go with it. */
  readonly states: readonly string[]
}

/** The arrays of a run at one moment. */
export interface Arrays<S> {
  readonly state: S
  readonly key: random.Key
  /** null between epochs. */
  readonly totals: Totals | null
}

/** What a checkpoint file says, before its tensors are put into trees. */
export interface Checkpoint {
  readonly progress: Progress
  readonly tensors: Readonly<Record<string, HostTensor>>
  readonly source: string
}

const format = 'cotangent.train/1'

/** Callbacks that save something, by a name each that a run of the same program gives them again. */
function savers<S>(callbacks: readonly Callback<S>[]): ReadonlyMap<string, Callback<S>> {
  const named = new Map<string, Callback<S>>()
  for (const callback of callbacks) {
    if (callback.save === undefined) continue
    const name = callback.name ?? 'callback'
    const count = [...named.keys()].filter((other) => other.startsWith(`${name}#`)).length
    named.set(`${name}#${count}`, callback)
  }
  return named
}

/** The bytes of a checkpoint. All arrays are read first, so the run may go on while the caller writes. */
export async function encodeCheckpoint<S>(
  { state, key, totals }: Arrays<S>,
  progress: Omit<Progress, 'callbacks'>,
  callbacks: readonly Callback<S>[],
): Promise<Uint8Array> {
  const saved = [...savers(callbacks)].flatMap(([name, callback]) => {
    const given = callback.save?.()
    return given === undefined ? [] : [[name, given] as const]
  })
  const trees = Object.fromEntries(saved.map(([name, { states }]) => [name, states]))
  const tensors = await toHostTensors({ state, key: random.keyData(key), totals, callbacks: trees })
  const jsons = saved.map(
    ([name, { json, states }]) => [name, { json, states: Object.keys(states) }] as const,
  )
  const text = toJson({ ...progress, callbacks: Object.fromEntries(jsons) })
  const checksum = checksumOf(text, tensors)
  return encodeSafetensors(tensors, { metadata: { format, progress: text, checksum } })
}

/** A checksum of the text and of every tensor: name, dtype, shape, numbers. */
function checksumOf(text: string, tensors: Checkpoint['tensors']): string {
  const encoder = new TextEncoder()
  let crc = crc32c(encoder.encode(text))
  for (const name of Object.keys(tensors).sort()) {
    const { data, dtype, shape } = tensors[name] as HostTensor
    crc = crc32c(encoder.encode(`${name} ${dtype} ${shape.join(',')}`), crc)
    crc = crc32c(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc)
  }
  return crc.toString(16).padStart(8, '0')
}

/** Reads a checkpoint; a `data` error for anything that is not one, or not whole. */
export function decodeCheckpoint(bytes: Uint8Array, source: string): Either<DataError, Checkpoint> {
  const origin = { operation: 'train.fit (resume)', source }
  const decoded = decodeSafetensorsOf(bytes, origin)
  if (E.isLeft(decoded)) return decoded
  const { tensors, metadata } = decoded.right
  const reject = (expected: string, received: string): Either<DataError, Checkpoint> =>
    E.left(dataError(origin, 8, expected, received))
  const { format: found = 'none', progress = '', checksum = 'none' } = metadata
  if (found !== format) return reject(`a checkpoint of the format '${format}'`, `'${found}'`)
  const computed = checksumOf(progress, tensors)
  if (computed !== checksum) return reject(`data whose checksum is ${checksum}`, computed)
  return E.right({ progress: fromJson(progress) as Progress, tensors, source })
}

/** The tensors whose names begin with `prefix.`, without it. */
const below = (tensors: Checkpoint['tensors'], prefix: string): Checkpoint['tensors'] =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name === prefix
        ? [['', tensor]]
        : name.startsWith(`${prefix}.`)
          ? [[name.slice(prefix.length + 1), tensor]]
          : [],
    ),
  )

/** A tree like `template` with the tensors of a part of the checkpoint. */
function restored<T>({ tensors, source }: Checkpoint, part: string, template: T): T {
  try {
    return loadInto(template, below(tensors, part)).tree as T
  } catch (cause) {
    if (!(cause instanceof CotangentError) || cause.code !== 'tree') throw cause
    const { path, expected, received } = (cause as CotangentError<'tree'>).detail
    return fail(
      'tree',
      {
        operation: `train.fit (resume from ${source})`,
        path: `${part} ${path}`,
        expected,
        received,
        fix: 'Resume with the model, optimizer, metrics and callbacks of the run that wrote it, or start anew in another folder.',
      },
      { cause },
    )
  }
}

/** The arrays of a checkpoint, in trees like those of a run that begins; callbacks get theirs. */
export function restoreCheckpoint<S>(
  checkpoint: Checkpoint,
  templates: Arrays<S>,
  callbacks: readonly Callback<S>[],
): Arrays<S> {
  for (const [name, callback] of savers(callbacks)) {
    const saved = checkpoint.progress.callbacks[name]
    if (saved === undefined) continue
    const states = saved.states.map(
      (each) => [each, restored(checkpoint, `callbacks.${name}.${each}`, templates.state)] as const,
    )
    callback.restore?.({ json: saved.json, states: Object.fromEntries(states) })
  }
  const words = restored(checkpoint, 'key', random.keyData(templates.key))
  return {
    state: restored(checkpoint, 'state', templates.state),
    key: random.wrapKeyData(words),
    totals: templates.totals === null ? null : restored(checkpoint, 'totals', templates.totals),
  }
}
