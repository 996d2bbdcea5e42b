/**
 * Files that callbacks write: only Node has them.
 */

import { fail } from '../core/errors.js'
import { nodeModules, type NodeModules } from '../io/node.js'

/** Node's modules for files; an error that says so where there are none. */
export function requireNode(operation: string): NodeModules {
  const node = nodeModules()
  if (node !== null) return node
  return fail('notImplemented', {
    operation,
    reason:
      'there are no files here, it needs Node; in a page keep what event.checkpoint() gives, or the history',
  })
}

/** Begins a file with `text`, in a folder that is made if it is not there. */
export async function startFile(file: string, text: string, operation: string): Promise<void> {
  const { fs, path } = requireNode(operation)
  await fs.mkdir(path.dirname(path.resolve(file)), { recursive: true })
  await fs.writeFile(file, text)
}

/** Adds `text` to a file. */
export const appendToFile = (file: string, text: string, operation: string): Promise<void> =>
  requireNode(operation).fs.appendFile(file, text)
