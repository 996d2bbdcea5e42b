/**
 * Sessions in Node: each library in a child process, of the version of Node that was asked for. A process that does
 * not answer in time, or dies, is reported and ended.
 */

import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { deadlines, TimeoutError, type Command, type Reply, type Session } from '../session/protocol.js'

const entry = fileURLToPath(new URL('child.ts', import.meta.url))

export interface NodeProgram {
  readonly path: string
  readonly version: string
}

/** Node of the wanted major version: this one, or the one that npm has as a package; else this one. */
export function findNode(major: number): NodeProgram {
  const own = { path: process.execPath, version: process.version }
  if (Number(process.versions.node.split('.')[0]) >= major) return own
  const system = process.platform === 'win32' ? 'win' : process.platform
  const packaged = `--package=node-${system}-${process.arch}@${major}`
  try {
    const script =
      'process.stdout.write(JSON.stringify({ path: process.execPath, version: process.version }))'
    const text = execFileSync('npx', ['--yes', packaged, 'node', '-e', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
      shell: process.platform === 'win32',
    })
    return JSON.parse(text) as NodeProgram
  } catch {
    console.error(`Node ${major} is not to be had from npm: Node ${process.versions.node} is used`)
    return own
  }
}

export function nodeSession(program: NodeProgram): Session {
  const child = fork(entry, {
    execPath: program.path,
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  // The last words of a process explain its death.
  let words = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000)
    })
  return {
    request: (async (command: Command) => ask(child, command, () => words)) as Session['request'],
    close: async () => {
      child.kill('SIGKILL')
    },
  }
}

function ask(child: ChildProcess, command: Command, words: () => string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      done()
      child.kill('SIGKILL')
      reject(error)
    }
    const deadline = deadlines[command.command]
    const timer = setTimeout(
      () => fail(new TimeoutError(`no answer to '${command.command}' in ${deadline / 1000} s`)),
      deadline,
    )
    const died = (code: number | null, signal: string | null): void =>
      fail(
        new Error(`the process ended (${signal ?? code}): ${words().trim().split('\n').slice(-3).join(' ')}`),
      )
    const answered = (reply: unknown): void => {
      done()
      const { ok, ...rest } = reply as Reply & { readonly result?: unknown; readonly error?: string }
      if (ok) resolve(rest.result)
      else reject(new Error(rest.error))
    }
    const done = (): void => {
      clearTimeout(timer)
      child.off('exit', died).off('message', answered)
    }
    if (child.exitCode !== null || child.signalCode !== null) return died(child.exitCode, child.signalCode)
    child.once('exit', died).once('message', answered)
    child.send(command)
  })
}
