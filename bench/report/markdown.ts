/**
 * bench/RESULTS.md: the tables of all environments and devices. What was measured is kept as JSON in bench/results/
 * (which is not in the repository), so that a run of some rows or one environment replaces only its own.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Row } from '../measure.js'
import { workloads } from '../workloads/index.js'
import { cellsOf, limitsOf, reasonsOf, type Table } from './table.js'

const here = fileURLToPath(new URL('..', import.meta.url))
const kept = join(here, 'results')

const introduction = `# Results

Written by \`npm run bench -- --write\`; not to be edited. Float32; inputs are the same in all libraries, and their results
agree (see the tolerances in bench/workloads/) before anything is timed. A step of training is forward, backward and
Adam, compiled where the library compiles. Times are medians of rounds in which the libraries take turns, each in a
process or page of its own.

In brackets, for cotangent: the share of what the machine can do, the larger of operations / peak and bytes / bandwidth
over the time. Both limits are measured in WebAssembly for as many cores as threads are used, in turn with the libraries,
and are medians too: a virtual machine's speed changes from minute to minute. For peers: how many times as long as cotangent (more than 1: slower). \`first step\` is cotangent's first call: tracing, lowering, compilation
and one run. The row of first calls is the median of fresh processes in which the library is loaded and has compiled
something small. JAX and PyTorch are native programs on the CPU; \`torch\` is eager, its row of first calls is a first step.
`

const escape = (cell: string): string => cell.replaceAll('|', '\\|')
const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`

function section(table: Table): string {
  const [head = [], ...body] = cellsOf(table)
  const libraries = table.columns.map(
    ({ name, version, note }) => `- ${name} ${version}${note === '' ? '' : `: ${note}`}`,
  )
  const reasons = reasonsOf(table).map((reason) => `- ${reason}`)
  return [
    `## ${table.description}, ${table.device}`,
    [...limitsOf(table).map((text) => `- ${text}`), ...libraries].join('\n'),
    [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line)].join('\n'),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
  ].join('\n\n')
}

/** New rows replace old ones of the same name; rows are in the order of the workloads. */
function merged(old: Table | null, table: Table): Table {
  if (old === null) return table
  const known = [...workloads('full'), ...workloads('reduced')]
  const names = known.map(({ name }) => name)
  const kinds = known.map(({ kind }) => kind)
  // Both sizes of a kind stand together.
  const rank = ({ workload: { kind, name } }: Row): number =>
    kinds.indexOf(kind) * known.length + names.indexOf(name)
  const fresh = new Set(table.rows.map(({ workload }) => workload.name))
  const rows = [...old.rows.filter(({ workload }) => !fresh.has(workload.name)), ...table.rows]
  const columns = new Map([...old.columns, ...table.columns].map((column) => [column.name, column]))
  return {
    ...table,
    columns: [...columns.values()],
    rows: rows.filter(({ workload }) => names.includes(workload.name)).sort((a, b) => rank(a) - rank(b)),
  }
}

const read = (path: string): Table => JSON.parse(readFileSync(path, 'utf8')) as Table

export function writeResults(tables: readonly Table[]): void {
  mkdirSync(kept, { recursive: true })
  for (const table of tables) {
    const path = join(kept, `${table.device}-${table.environment}.json`)
    writeFileSync(path, JSON.stringify(merged(existsSync(path) ? read(path) : null, table)))
  }
  const order = ['wasm-node', 'wasm-chromium', 'webgpu-node', 'webgpu-chromium']
  const files = order.map((name) => `${name}.json`).filter((file) => readdirSync(kept).includes(file))
  const sections = files.map((file) => section(read(join(kept, file))))
  writeFileSync(join(here, 'RESULTS.md'), `${[introduction.trim(), ...sections].join('\n\n')}\n`)
}
