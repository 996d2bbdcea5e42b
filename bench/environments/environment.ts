/**
 * Where libraries run: sessions of one kind, with a name and a line that says what it is.
 */

import type { Session } from '../session/protocol.js'
import { chromiumEnvironment } from './chromium.js'
import { findNode, nodeSession } from './node.js'
import type { EnvironmentName } from '../options.js'

export interface Environment {
  readonly name: EnvironmentName
  readonly description: string
  open(): Promise<Session>
  close(): Promise<void>
}

export async function openEnvironment(name: EnvironmentName, nodeVersion: number): Promise<Environment> {
  if (name === 'chromium') return chromiumEnvironment()
  const node = findNode(nodeVersion)
  return {
    name,
    description: `Node ${node.version}`,
    open: async () => nodeSession(node),
    close: async () => undefined,
  }
}
