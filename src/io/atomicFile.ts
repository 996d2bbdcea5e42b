/**
 * Files that are replaced at once: the bytes go to a temporary file in the same folder, are forced to the disk, and take
 * the place of the old file by a rename. A reader finds the old file or the new one, whole, at whatever moment the
 * writer dies. Node only.
 */

import { CotangentError } from '../core/errors.js'
import { E, type TaskEither } from '../core/fp.js'
import { nodeModules, type NodeModules } from './node.js'
import { dataError, type DataError } from './source.js'

/** Temporary files that this process is writing. */
const active = new Set<string>()
let written = 0

/** Writes `parts` one after the other to `path`, replacing it at once, as a `TaskEither`. */
export function writeFileAtomically(
  path: string | URL,
  parts: Iterable<Uint8Array>,
  operation: string,
): TaskEither<DataError, void> {
  const origin = { operation, source: String(path) }
  return async () => {
    const available = nodeModules()
    if (available === null)
      return E.left(dataError(origin, 0, 'Node, which has files', 'another environment'))
    const target = available.path.resolve(path instanceof URL ? available.url.fileURLToPath(path) : path)
    const folder = available.path.dirname(target)
    const base = available.path.basename(target)
    const name = `.${base}.${process.pid}-${written++}.tmp`
    active.add(name)
    const temporary = available.path.join(folder, name)
    let offset = 0
    try {
      await removeLeftovers(available, folder, base)
      const file = await available.fs.open(temporary, 'w')
      try {
        for (const part of parts) offset += await writeAll(file, part)
        await file.sync()
      } finally {
        await file.close()
      }
      await available.fs.rename(temporary, target)
      await syncFolder(available, folder)
      return E.right(undefined)
    } catch (cause) {
      await available.fs.rm(temporary, { force: true }).catch(() => undefined)
      // What `parts` throws about its tensors is the caller's mistake, not the file's.
      if (cause instanceof CotangentError) throw cause
      const received = cause instanceof Error ? cause.message : String(cause)
      return E.left(dataError(origin, offset, 'a file that can be written', received, cause))
    } finally {
      active.delete(name)
    }
  }
}

type FileHandle = Awaited<ReturnType<NodeModules['fs']['open']>>

/** Writes every byte: one call may take fewer than it is given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<number> {
  const most = 2 ** 30
  let at = 0
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(most, bytes.length - at))
    at += bytesWritten
  }
  return at
}

/** Removes what writers of the same file left behind when they were killed. */
async function removeLeftovers({ fs, path }: NodeModules, folder: string, base: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (!(name.startsWith(`.${base}.`) && name.endsWith('.tmp'))) continue
    const [, pid] = /^(\d+)-\d+\.tmp$/.exec(name.slice(base.length + 2)) ?? []
    if (pid === undefined || active.has(name) || isRunning(Number(pid))) continue
    await fs.rm(path.join(folder, name), { force: true })
  }
}

/** Whether another process of this number runs; a file of this process's own number that is not active is older. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Not allowed to ask means that there is one.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Makes the rename itself durable; some systems cannot open folders, and do not need it. */
async function syncFolder({ fs }: NodeModules, folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => null)
  if (handle === null) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}
