/**
 * Comma-separated values: text → named columns of numbers or text. Splitting into cells, quotes included, is
 * papaparse's, which is loaded when the first file is.
 */

import { fail } from '../core/errors.js'
import type { TaskEither } from '../core/fp.js'
import { isHostTensor, type HostTensor } from '../io/host.js'
import { loadFile } from '../io/reader.js'
import {
  decoding,
  orThrow,
  type ByteSource,
  type DataError,
  type Origin,
  type ReadOptions,
  type Reject,
} from '../io/source.js'
import { toColumn, type CsvColumn, type CsvType } from './csvColumns.js'

export interface CsvOptions extends ReadOptions {
  /** Whether the first row has the names of the columns (the default), or the names themselves. */
  readonly header?: boolean | readonly string[]
  /** Types of columns by name; others are inferred: bool, int32, float32, float64 for large integers, else text. */
  readonly types?: Readonly<Record<string, CsvType>>
  /** What stands between cells; default ','. */
  readonly delimiter?: string
  /** Cells that mean that a value is missing; default '', 'NA', 'N/A', 'NaN', 'nan', 'null' and '?'. */
  readonly missing?: readonly string[]
  /** Lines that begin with this are left out; default none. */
  readonly comment?: string
}

/** A table of columns of equal length. */
export interface CsvTable {
  /** The number of rows. */
  readonly length: number
  /** The names of the columns, in order. */
  readonly names: readonly string[]
  /** Numbers [rows] on the host, NaN where missing, or text, null where missing. */
  readonly columns: Readonly<Record<string, CsvColumn>>
}

const defaultMissing = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', '?']

/** Columns of cells, and where in the text each row begins. */
interface Cells {
  readonly columns: string[][]
  readonly starts: number[]
}

/** Splits text into cells; every row must have as many as the first. */
function split(
  text: string,
  { delimiter = ',', comment }: CsvOptions,
  parse: Parse,
  reject: (position: number, expected: string, received: string) => never,
): Cells {
  const columns: string[][] = []
  const starts: number[] = []
  let start = 0
  let problem: Parameters<typeof reject> | null = null
  parse(text, {
    delimiter,
    // A return before the line feed is white space to the parser; guessing would take all lines for alike.
    newline: text.includes('\n') ? '\n' : '\r',
    ...(comment === undefined ? {} : { comments: comment }),
    step: ({ data: row, errors, meta }, parser) => {
      const [from, to] = [start, meta.cursor]
      start = to
      if (row.length === 1 && text.slice(from, to).trim() === '') return
      const error = errors.find(({ type }) => type === 'Quotes')
      if (starts.length === 0) for (const _ of row) columns.push([])
      if (error !== undefined)
        problem = [error.index ?? from, 'quotes that are closed before the next cell', error.message]
      else if (row.length !== columns.length)
        problem = [
          from,
          `${columns.length} cells in row ${starts.length + 1}, as in the first`,
          `${row.length}`,
        ]
      if (problem !== null) return parser.abort()
      row.forEach((cell, i) => columns[i]?.push(i === row.length - 1 ? cell.replace(/\r$/, '') : cell))
      starts.push(from)
    },
  })
  if (problem !== null) reject(...(problem as Parameters<typeof reject>))
  return { columns, starts }
}

/** What is used of papaparse. */
type Parse = (
  text: string,
  config: {
    readonly delimiter: string
    readonly newline: '\n' | '\r'
    readonly comments?: string
    readonly step: (
      result: {
        readonly data: string[]
        readonly errors: readonly {
          readonly type: string
          readonly message: string
          readonly index?: number | undefined
        }[]
        readonly meta: { readonly cursor: number }
      },
      parser: { abort(): void },
    ) => void
  },
) => unknown

function decodeText(bytes: Uint8Array, reject: Reject): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    return reject(0, 'text in UTF-8', cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function table(text: string, options: CsvOptions, parse: Parse, reject: Reject): CsvTable {
  const { header = true, types = {}, missing = defaultMissing } = options
  // Positions are those of characters; a file has bytes.
  const at = (position: number): number => new TextEncoder().encode(text.slice(0, position)).length
  const { columns: cells, starts } = split(text, options, parse, (position, ...rest) =>
    reject(at(position), ...rest),
  )
  const names =
    header === true
      ? cells.map((column) => column.shift() ?? '')
      : header === false
        ? cells.map((_, i) => String(i))
        : header
  if (header === true) starts.shift()
  if (cells.length === 0) reject(0, header === true ? 'a row of names' : 'at least one row', 'none')
  if (names.length !== cells.length) reject(0, `${names.length} cells in each row`, String(cells.length))
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) reject(0, 'columns with different names', `${JSON.stringify(name)} twice`)
  })
  const absent = Object.keys(types).find((name) => !names.includes(name))
  if (absent !== undefined)
    reject(0, `a column ${JSON.stringify(absent)}, whose type is given`, names.join(', ').slice(0, 200))
  const empty = new Set(missing)
  const columns = names.map((name, i) => {
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    const column = toColumn(cells[i] ?? [], type, (cell) => empty.has(cell.trim()))
    if (!('row' in column)) return [name, column] as const
    const where = `in column ${JSON.stringify(name)}, row ${column.row + (header === true ? 2 : 1)}`
    return reject(at(starts[column.row] ?? 0), `${column.expected} ${where}`, column.received)
  })
  return { length: starts.length, names, columns: Object.fromEntries(columns) }
}

/** Reads a file of comma-separated values, gzipped or not, as a `TaskEither`; `readCsv` is its throwing form. */
export const loadCsv = (source: ByteSource, options: CsvOptions = {}): TaskEither<DataError, CsvTable> =>
  loadFile(
    source,
    {
      operation: 'data.readCsv',
      inflate: true,
      // Cells take more memory than their text.
      maxBytes: 2 ** 27,
      decode: (bytes, origin) => decodeCsv(bytes, origin, options),
    },
    options,
  )

async function decodeCsv(bytes: Uint8Array, origin: Origin, options: CsvOptions) {
  const papaparse = await import('papaparse')
  const parse: Parse = (text, config) => papaparse.default.parse<string[]>(text, config)
  return decoding(origin, (reject) => table(decodeText(bytes, reject), options, parse, reject))
}

/**
 * Reads comma-separated values, in UTF-8 and gzipped or not, from a path, URL, Blob or bytes: columns by name. Cells in
 * quotes may hold delimiters, line breaks and doubled quotes; blank lines are left out. Throws a `data` error that names
 * file, offset and expectation: quotes that are not closed, rows of another length, two columns of one name, a cell that is
 * not of the type that was asked for, a missing value where the type has none.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const text = 'height,species\n1.5,"setosa, wild"\nNA,virginica\n'
 * const { length, columns } = await data.readCsv(new TextEncoder().encode(text))
 * console.log(length, columns.species) // 2 ['setosa, wild', 'virginica']
 * console.log(columns.height) // { data: [1.5, NaN], shape: [2], dtype: 'float32' }
 * ```
 */
export const readCsv = (source: ByteSource, options?: CsvOptions): Promise<CsvTable> =>
  orThrow(loadCsv(source, options))

/**
 * Columns of numbers side by side: float32 [rows, names]. Errors: `argument` for a column that is absent or text.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const table = await data.readCsv(new TextEncoder().encode('a,b\n1,2\n3,4\n'))
 * console.log(data.features(table, ['b', 'a']).data) // [2, 1, 4, 3]
 * ```
 */
export function features(table: CsvTable, names: readonly string[]): HostTensor {
  const out = new Float32Array(table.length * names.length)
  names.forEach((name, j) => {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
    if (!isHostTensor(column))
      return fail('argument', {
        operation: 'data.features',
        argument: 'names',
        received: `${JSON.stringify(name)}, ${column === undefined ? 'which is absent' : 'which is text'}`,
        expected: `columns of numbers, of ${table.names.join(', ')}`,
        fix: 'data.categories makes numbers of text.',
      })
    column.data.forEach((value: number, i: number) => (out[i * names.length + j] = value))
  })
  return { data: out, shape: [table.length, names.length], dtype: 'float32' }
}

/** Text as numbers of classes. */
export interface Categories {
  /** int32 [rows], −1 where text is missing or of no class */
  readonly labels: HostTensor
  readonly classes: readonly string[]
}

/**
 * Text as numbers of classes: `classes` in their order, or those that occur, sorted. What is missing, or of no class,
 * is −1.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const { labels, classes } = data.categories(['dog', 'cat', null, 'dog'])
 * console.log(labels.data, classes) // [1, 0, -1, 1] ['cat', 'dog']
 * ```
 */
export function categories(column: readonly (string | null)[], classes?: readonly string[]): Categories {
  const known = classes ?? [...new Set(column.filter((text) => text !== null))].sort()
  const numbers = new Map(known.map((name, i) => [name, i]))
  const data = Int32Array.from(column, (text) => (text === null ? -1 : (numbers.get(text) ?? -1)))
  return { labels: { data, shape: [column.length], dtype: 'int32' }, classes: known }
}
