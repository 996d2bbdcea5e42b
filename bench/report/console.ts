/** placeholder */
import type { Row } from '../measure.js'
import type { EnvironmentName } from '../options.js'
import type { Device } from '../session/library.js'
import type { Limits } from '../session/protocol.js'
export interface Column {
  readonly name: string
  readonly version: string
  readonly note: string
}
export interface Table {
  readonly environment: EnvironmentName
  readonly description: string
  readonly device: Device
  readonly limits: Limits
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}
export const printRow = (row: Row): void => {
  console.log(row.workload.name, Object.entries(row.cells).map(([name, c]) => `${name} ${c.time?.toPrecision(3) ?? c.reason} (${c.first?.toFixed(0)})`).join(' | '))
}
export const printTable = (table: Table): void => console.log(table.columns)
