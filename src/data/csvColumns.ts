/**
 * Columns of text → numbers, truth values or text: the type that was asked for, or the narrowest that fits every cell.
 */

import { hostArray, integerRange, isInteger, type DType } from '../core/dtype.js'
import type { HostTensor } from '../io/host.js'

/** What the cells of a column become: numbers of a dtype, or text. */
export type CsvType = DType | 'text'

/** A column: numbers [rows], or text with null where it is missing. */
export type CsvColumn = HostTensor | readonly (string | null)[]

/** A cell that its column cannot take. */
export interface BadCell {
  readonly row: number
  readonly expected: string
  readonly received: string
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const special: Readonly<Record<string, number>> = {
  inf: Infinity,
  infinity: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
  nan: NaN,
}
const truths: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['false', 0],
])

/** A number as text says it, or null. */
function parse(cell: string): number | null {
  const text = cell.trim()
  if (number.test(text)) return Number(text)
  const named = text.toLowerCase()
  return Object.hasOwn(special, named) ? (special[named] ?? null) : null
}

/** bool where every cell says so, int32 or float32 for numbers (float64 for large integers), text otherwise. */
function inferred(cells: readonly string[], isMissing: (cell: string) => boolean): CsvType {
  const present = cells.filter((cell) => !isMissing(cell))
  if (present.length === 0) return 'float32'
  const hasMissing = present.length < cells.length
  if (!hasMissing && present.every((cell) => truths.has(cell.trim().toLowerCase()))) return 'bool'
  let type: CsvType = hasMissing ? 'float32' : 'int32'
  for (const cell of present) {
    const value = parse(cell)
    if (value === null) return 'text'
    if (Number.isInteger(value) && !/[.e]/i.test(cell)) {
      if (Math.abs(value) >= 2 ** 31) type = 'float64'
    } else if (type === 'int32') type = 'float32'
  }
  return type
}

/** The column that `cells` are, as `type` if that is given. */
export function toColumn(
  cells: readonly string[],
  given: CsvType | undefined,
  isMissing: (cell: string) => boolean,
): CsvColumn | BadCell {
  const type = given ?? inferred(cells, isMissing)
  if (type === 'text') return cells.map((cell) => (isMissing(cell) ? null : cell))
  const data = hostArray(type, cells.length)
  for (const [row, cell] of cells.entries()) {
    const value = isMissing(cell) ? NaN : type === 'bool' ? truth(cell) : parse(cell)
    if (value === null || !fits(type, value))
      return { row, expected: `a cell of type ${type}`, received: JSON.stringify(cell) }
    data[row] = value
  }
  return { data, shape: [cells.length], dtype: type }
}

function truth(cell: string): number | null {
  const text = cell.trim().toLowerCase()
  return truths.get(text) ?? (text === '0' || text === '1' ? Number(text) : null)
}

/** Whether a dtype can hold a number; only floats can be missing. */
function fits(dtype: DType, value: number): boolean {
  if (dtype === 'bool') return value === 0 || value === 1
  if (!isInteger(dtype)) return true
  const { min, max } = integerRange(dtype)
  return Number.isInteger(value) && value >= min && value <= max
}
