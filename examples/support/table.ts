// Columns of a CSV file for the examples that fit points.

import { CotangentError, data } from 'cotangent'
import { usageError } from './commandLine.js'

/** The named columns side by side, float32 [rows, names]; a file without them is a mistake of the caller. */
export async function readColumns(file: string, names: readonly string[]): Promise<data.HostTensor> {
  try {
    return data.features(await data.readCsv(file), names)
  } catch (error) {
    if (error instanceof CotangentError) usageError(`--data ${file}: ${error.message}`)
    throw error
  }
}
