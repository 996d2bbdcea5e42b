// Points from a CSV file, for the examples that fit or separate points: columns x, y; or x1, x2 and the class y.

import { CotangentError, data } from 'cotangent'
import { text, usageError } from './commandLine.js'

/** The named columns side by side, float32 [rows, names]; a file without them is a mistake of the caller. */
async function readColumns(file: string, names: readonly string[]): Promise<data.HostTensor> {
  try {
    return data.features(await data.readCsv(file), names)
  } catch (error) {
    if (error instanceof CotangentError) usageError(`--data ${file}: ${error.message}`)
    throw error
  }
}

/** Points in the plane with the columns x and y: [n] each. */
export async function readLine(
  file: string,
): Promise<data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>> {
  const [x, y] = [await readColumns(file, ['x']), await readColumns(file, ['y'])]
  const shape = x.shape.slice(0, 1)
  return data.fromArrays({ x: { ...x, shape }, y: { ...y, shape } })
}

/** Points [n, 2] with the columns x1 and x2, and their classes, whole numbers in the column y. */
export async function readPoints(
  file: string,
  classes: number,
): Promise<data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>> {
  const x = await readColumns(file, ['x1', 'x2'])
  const labels = Int32Array.from((await readColumns(file, ['y'])).data)
  const wrong = labels.find((label) => !(label >= 0 && label < classes))
  if (wrong !== undefined) usageError(`--data ${file}: y must be a class below ${classes}, got ${wrong}`)
  return data.fromArrays({ x, y: { data: labels, shape: [labels.length], dtype: 'int32' } as const })
}

export const lineFile = text('FILE', 'a CSV file with the columns x and y (default generated points)')
export const pointsFile = text(
  'FILE',
  'a CSV file with the columns x1, x2 and y, the class of the point from 0 on (default generated points)',
)
