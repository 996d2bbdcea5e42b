/**
 * Results as text for a terminal: a line for each row as it is measured, a table at the end.
 */

import type { Row } from '../measure.js'
import { cellsOf, limitsOf, reasonsOf, showTime, type Table } from './table.js'

/** Progress, on standard error: standard output has the table. */
export function printProgress({ workload, cells }: Row): void {
  const parts = Object.entries(cells).map(
    ([name, { time, reason }]) => `${name} ${time === null ? (reason ?? 'agrees') : showTime(time)}`,
  )
  console.error(`${workload.name}: ${parts.join(', ')}`)
}

const widthOf = (text: string): number => [...text].length

export function printTable(table: Table): void {
  console.log(`\n${table.description}, ${table.device}`)
  limitsOf(table).forEach((line) => console.log(`  ${line}`))
  for (const { name, version, note } of table.columns)
    console.log(`  ${name} ${version}${note === '' ? '' : `: ${note}`}`)
  console.log('In brackets: the share of what the machine can do; how many times as long as cotangent.\n')
  const cells = cellsOf(table)
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => widthOf(row[i] ?? ''))))
  for (const row of cells)
    console.log(row.map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell))).join('  '))
  const reasons = reasonsOf(table)
  if (reasons.length > 0) console.log(`\n${reasons.join('\n')}`)
}
