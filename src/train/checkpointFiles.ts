/**
 * The checkpoints of a folder: which there are, the newest that is whole, writing and removing them. Node only.
 */

import { E } from '../core/fp.js'
import { writeFileAtomically } from '../io/atomicFile.js'
import { orThrow, readBytes } from '../io/source.js'
import { decodeCheckpoint, type Checkpoint } from './checkpoint.js'
import { requireNode } from './nodeFiles.js'

const maxBytes = 2 ** 34
const temporary = /^\.(step-\d+|best)\.safetensors\.\d+-\d+\.tmp$/
const numbered = /^step-(\d+)\.safetensors$/

export const nameOf = (step: number): string => `step-${String(step).padStart(8, '0')}.safetensors`

/** A file of a folder. */
export interface CheckpointFile {
  readonly step: number
  readonly path: string
}

/** The checkpoints of a folder, the newest first; none where there is no folder. */
export async function listCheckpoints(folder: string, operation: string): Promise<CheckpointFile[]> {
  const { fs, path } = requireNode(operation)
  const names = await fs.readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const found = names.flatMap((name) => {
    const step = numbered.exec(name)?.[1]
    return step === undefined ? [] : [{ step: Number(step), path: path.join(folder, name) }]
  })
  return found.sort((a, b) => b.step - a.step)
}

/** A file that could not be used is told of here. */
export type Warn = (message: string) => void

/** Where warnings go unless somebody else wants them. */
export const warnProcess: Warn = (message) => process.emitWarning(message, 'CotangentWarning')

async function readCheckpoint(path: string) {
  const bytes = await readBytes(
    path,
    { operation: 'train.fit (resume)', source: path },
    { maxBytes, inflate: false },
  )()
  return E.isLeft(bytes) ? bytes : decodeCheckpoint(bytes.right, path)
}

/** The newest checkpoint of a folder that is whole, or the one of a file; null where there is none. */
export async function findCheckpoint(place: string, warn: Warn): Promise<Checkpoint | null> {
  const operation = 'train.fit (resume)'
  const { fs } = requireNode(operation)
  const stat = await fs.stat(place).catch(() => null)
  if (stat?.isFile() === true) return orThrow(() => readCheckpoint(place))
  for (const { path } of await listCheckpoints(place, operation)) {
    const read = await readCheckpoint(path)
    if (E.isRight(read)) return read.right
    const [what = ''] = read.left.message.split('\n')
    warn(`${what} This checkpoint is damaged; the one before it is used.`)
  }
  return null
}

/** Writes a checkpoint so that it is there whole or not at all. */
export const writeCheckpoint = (path: string, bytes: Uint8Array): Promise<void> =>
  orThrow(writeFileAtomically(path, [bytes], 'train.checkpoints'))

/** Removes what killed writers left behind. */
export async function removeTemporaries(folder: string): Promise<void> {
  const { fs, path } = requireNode('train.checkpoints')
  for (const name of await fs.readdir(folder))
    if (temporary.test(name)) await fs.rm(path.join(folder, name), { force: true })
}
