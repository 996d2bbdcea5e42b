/**
 * jsonlLog: a line of JSON for each epoch.
 */

import type { Callback, EpochRecord } from '../callback.js'
import { appendToFile, startFile } from '../nodeFiles.js'

const line = (record: EpochRecord): string => `${JSON.stringify(record)}\n`

/**
 * Writes the record of each epoch as one line of JSON: `{"epoch":1,"step":…,"seconds":…,"training":{"loss":…},…}`; NaN is
 * null. The file is begun anew; a resumed run writes the epochs before it first. Node only.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train } from 'cotangent'
 * import { mkdtempSync, readFileSync } from 'node:fs'
 * const file = `${mkdtempSync('/tmp/run-')}/log.jsonl`
 * await train.fit({
 *   data: data.fromArrays(np.ones([8])),
 *   state: np.array(0.5),
 *   step: (sum, x) => [sum.add(x.sum()), { loss: x.mean() }],
 *   callbacks: [train.jsonlLog(file)],
 * })
 * console.log(JSON.parse(readFileSync(file, 'utf8')).training.loss) // 1
 * ```
 */
export function jsonlLog(file: string): Callback {
  const operation = 'train.jsonlLog'
  return {
    onStart: ({ history }) => startFile(file, history.map(line).join(''), operation),
    onEpochEnd: ({ record }) => appendToFile(file, line(record), operation),
  }
}
