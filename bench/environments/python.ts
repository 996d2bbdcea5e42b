/**
 * Sessions with JAX and PyTorch: a Python program of bench/peers/ that reads commands and writes replies, a line each.
 */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { deadlines, TimeoutError, type Command, type Reply, type Session } from '../session/protocol.js'

const peers = fileURLToPath(new URL('../peers', import.meta.url))

export function pythonSession(python: string, name: 'jax' | 'torch'): Session {
  // -B: no compiled files beside the sources.
  const child = spawn(python, ['-u', '-B', `${peers}/${name}_peer.py`], { stdio: ['pipe', 'pipe', 'pipe'] })
  let words = ''
  let text = ''
  let ended: string | null = null
  let waiting: ((line: string | null) => void) | null = null
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    words = (words + more).slice(-2000)
  })
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
    const end = text.indexOf('\n')
    if (end < 0) return
    const line = text.slice(0, end)
    text = text.slice(end + 1)
    waiting?.(line)
  })
  child.stdin.on('error', () => undefined)
  child.on('error', (error) => end(error.message))
  child.on('close', (code) => end(`the process ended (${code}): ${words.trim().split('\n').at(-1) ?? ''}`))
  const end = (reason: string): void => {
    ended ??= reason
    waiting?.(null)
  }
  const line = (command: Command): Promise<string> =>
    new Promise((resolve, reject) => {
      const seconds = deadlines[command.command] / 1000
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new TimeoutError(`no answer to '${command.command}' in ${seconds} s`))
      }, seconds * 1000)
      waiting = (found) => {
        clearTimeout(timer)
        waiting = null
        if (found === null) reject(new Error(ended ?? 'the process ended'))
        else resolve(found)
      }
      if (ended !== null) return waiting(null)
      child.stdin.write(`${JSON.stringify(command)}\n`)
    })
  return {
    request: (async (command: Command) => {
      const reply = JSON.parse(await line(command)) as Reply
      if (reply.ok) return reply.result
      throw new Error(reply.error)
    }) as Session['request'],
    close: async () => {
      child.kill('SIGKILL')
    },
  }
}
