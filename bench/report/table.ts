/**
 * A table of results, and what its cells say: times, ratios to peers, shares of what the machine can do.
 */

import { typicalLimits, type Cell, type Row } from '../measure.js'
import type { EnvironmentName } from '../options.js'
import type { Device } from '../session/library.js'
import type { Limits } from '../session/protocol.js'
import type { Workload } from '../workloads/workload.js'

export interface Column {
  readonly name: string
  readonly version: string
  readonly note: string
}

export interface Table {
  readonly environment: EnvironmentName
  readonly description: string
  readonly device: Device
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3))

export function showTime(ms: number): string {
  if (ms < 0.1) return `${digits(ms * 1000)} µs`
  return ms < 10_000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`
}

/** How many cores a library has, by what it says of itself. */
const coresOf = ({ note }: Column): number => Number(/(\d+) threads?/.exec(note)?.[1] ?? 1)

/** Milliseconds that a workload takes at least on so many cores; 0 where that is not known. */
export function leastTime({ flops, bytes }: Workload, limits: Limits | null, cores: number): number {
  if (limits === null) return 0
  const most = (rates: Readonly<Record<string, number>>): number =>
    Math.max(0, ...Object.entries(rates).flatMap(([n, rate]) => (Number(n) <= cores ? [rate] : [])))
  const [peak, bandwidth] = [most(limits.flops), most(limits.bytes)]
  if (peak === 0 || bandwidth === 0) return 0
  return Math.max(flops / peak, bytes / bandwidth) * 1000
}

/** `12.3 ms (45 %)`: the share of the limit, where there is one. */
function ownCell(column: Column, row: Row): string {
  const cell = row.cells[column.name]
  if (cell?.time === null || cell === undefined) return missing(cell)
  const { workload } = row
  const least = leastTime(workload, row.limits, coresOf(column))
  const counted = least > 0 && !workload.firstCall && workload.kind !== 'calls'
  return showTime(cell.time) + (counted ? ` (${((100 * least) / cell.time).toFixed(0)} %)` : '')
}

/** `12.3 ms (1.5×)`: how many times as long as cotangent. */
function peerCell(column: Column, row: Row): string {
  const cell = row.cells[column.name]
  if (cell?.time === null || cell === undefined) return missing(cell)
  const own = row.cells['cotangent']?.time
  const ratio = own === null || own === undefined ? '' : ` (${digits(cell.time / own)}×)`
  return showTime(cell.time) + ratio
}

const missing = (cell: Cell | undefined): string => cell?.reason?.replace(/[:(].*$/s, '').trim() ?? '–'

const isOwn = ({ name }: Column): boolean => name.startsWith('cotangent')

/** The table as rows of cells; the first row is the head. */
export function cellsOf(table: Table): string[][] {
  const head = ['workload', ...table.columns.map(({ name }) => name), 'first step']
  const body = table.rows.map((row) => {
    const first = row.cells['cotangent']?.first
    return [
      row.workload.name,
      ...table.columns.map((column) => (isOwn(column) ? ownCell(column, row) : peerCell(column, row))),
      first === null || first === undefined ? '' : showTime(first),
    ]
  })
  return [head, ...body]
}

/** Why cells have no time, a line each. */
export const reasonsOf = ({ rows, columns }: Pick<Table, 'rows' | 'columns'>): string[] =>
  rows.flatMap((row) =>
    columns.flatMap(({ name }) => {
      const reason = row.cells[name]?.reason
      return reason === null || reason === undefined ? [] : [`${row.workload.name}, ${name}: ${reason}`]
    }),
  )

/** What the machine could do in the median row, a line for each number of cores. */
export function limitsOf({ rows }: Table): string[] {
  const limits = typicalLimits(rows.flatMap((row) => (row.limits === null ? [] : [row.limits])))
  if (limits === null) return []
  return Object.entries(limits.flops).map(([cores, rate]) => {
    const bandwidth = (limits.bytes[cores] ?? 0) / 1e9
    const kind = limits.fma ? 'multiply-add' : 'multiply and add'
    const count = cores === '1' ? '1 core' : `${cores} cores`
    return `${count}: ${(rate / 1e9).toFixed(1)} GFLOP/s (${kind}), ${bandwidth.toFixed(1)} GB/s`
  })
}
