/**
 * csvLog: a table of epochs as a CSV file.
 */

import type { Callback, EpochRecord } from '../callback.js'
import { namesOf } from '../monitor.js'
import { appendToFile, startFile } from '../nodeFiles.js'

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const line = (cells: readonly (string | number)[]): string =>
  `${cells.map((cell) => quoted(String(cell))).join(',')}\n`

const header = (record: EpochRecord): string => line(['epoch', 'step', 'seconds', ...namesOf(record)])

const row = ({ epoch, step, seconds, training, validation }: EpochRecord): string =>
  line([epoch, step, seconds, ...Object.values(training), ...Object.values(validation ?? {})])

/**
 * Writes a line for each epoch to a CSV file: `epoch,step,seconds,training.loss,…,validation.loss,…`. The file is
 * begun anew; a resumed run writes the epochs before it first. Node only.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train } from 'cotangent'
 * import { mkdtempSync, readFileSync } from 'node:fs'
 * const file = `${mkdtempSync('/tmp/run-')}/log.csv`
 * await train.fit({
 *   data: data.fromArrays(np.ones([8])),
 *   state: np.array(0.5),
 *   step: (sum, x) => [sum.add(x.sum()), { loss: x.mean() }],
 *   callbacks: [train.csvLog(file)],
 * })
 * console.log(readFileSync(file, 'utf8').split('\\n')[0]) // epoch,step,seconds,training.loss
 * ```
 */
export function csvLog(file: string): Callback {
  const operation = 'train.csvLog'
  return {
    async onStart({ history }) {
      const [first] = history
      const text = first === undefined ? '' : header(first) + history.map(row).join('')
      await startFile(file, text, operation)
    },
    async onEpochEnd({ record, history }) {
      await appendToFile(file, (history.length === 1 ? header(record) : '') + row(record), operation)
    },
  }
}
