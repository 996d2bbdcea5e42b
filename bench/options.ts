/**
 * The command line of the benchmark.
 */

import { parseArgs } from 'node:util'
import type { Device } from './session/library.js'
import type { Size } from './workloads/workload.js'

export const environmentNames = ['node', 'chromium'] as const
export type EnvironmentName = (typeof environmentNames)[number]
export const peerNames = ['jax-js', 'tfjs', 'torch', 'jax'] as const
export type PeerName = (typeof peerNames)[number]
const deviceNames = ['wasm', 'webgpu'] as const

const help = `npm run bench -- [options]

  --device LIST   wasm, webgpu (default wasm)
  --env LIST      node, chromium (default node)
  --rows TEXT     only workloads whose name has TEXT in it; several with commas
  --peers LIST    jax-js, tfjs, torch, jax (default all that there are), or none
  --rounds N      samples of each library; medians are reported (default 7)
  --threads N     threads of wasm libraries (default: what each does by itself)
  --scale SIZE    full or reduced (default full on wasm, reduced on webgpu)
  --node N        the major version of Node that runs the libraries (default 24; from npm where this one is older)
  --json          everything that was measured, as JSON
  --write         also into bench/RESULTS.md, beside what is there of other environments and rows
  --help

torch and jax run on the CPU where the variable PYTHON names a Python that has them.`

export interface Options {
  readonly devices: readonly Device[]
  readonly environments: readonly EnvironmentName[]
  readonly rows: readonly string[]
  readonly peers: readonly PeerName[]
  readonly rounds: number
  readonly threads: number
  readonly scale: Size | null
  readonly node: number
  readonly json: boolean
  readonly write: boolean
}

function usage(message: string): never {
  console.error(`${message}\n\n${help}`)
  process.exit(2)
}

function list<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const found = known.find((name) => name === word.trim())
    return found ?? usage(`--${option} takes ${known.join(', ')}; got '${word}'`)
  })
}

function whole(option: string, text: string, least: number): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least)
    usage(`--${option} must be a whole number >= ${least}, got '${text}'`)
  return number
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        device: { type: 'string', default: 'wasm' },
        env: { type: 'string', default: 'node' },
        rows: { type: 'string', default: '' },
        peers: { type: 'string', default: peerNames.join(',') },
        rounds: { type: 'string', default: '7' },
        threads: { type: 'string', default: '0' },
        scale: { type: 'string' },
        node: { type: 'string', default: '24' },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error))
  }
}

export function readOptions(words: readonly string[]): Options {
  const values = parse(words)
  if (values.help) {
    console.log(help)
    process.exit(0)
  }
  const scales = ['full', 'reduced'] as const
  return {
    devices: list('device', values.device, deviceNames),
    environments: list('env', values.env, environmentNames),
    rows: values.rows.split(',').map((text) => text.trim()),
    peers: values.peers === 'none' ? [] : list('peers', values.peers, peerNames),
    rounds: whole('rounds', values.rounds, 1),
    threads: whole('threads', values.threads, 0),
    scale: values.scale === undefined ? null : (list('scale', values.scale, scales)[0] ?? null),
    node: whole('node', values.node, 20),
    json: values.json,
    write: values.write,
  }
}
