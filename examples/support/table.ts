// Points from a CSV file, for the examples that fit or separate points: columns x, y; or x1, x2 and the class y.

import { CotangentError, data } from 'cotangent'
import { text, usageError } from './commandLine.js'
import type { Sentence } from './sentences.js'

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

/** Sentences in the column text, and 1 (praise) or 0 (blame) for each in the column label. */
export async function readSentences(file: string): Promise<Sentence[]> {
  const labels = (await readColumns(file, ['label'])).data
  const { columns } = await data.readCsv(file)
  const sentences = columns['text']
  if (!Array.isArray(sentences)) return usageError(`--data ${file} must have sentences in a column text`)
  return sentences.map((sentence: string | null, i) => ({
    words: sentence?.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [],
    label: labels[i] === 1 ? 1 : 0,
  }))
}

/** A series, the column value, moved to mean 0 and standard deviation 1. */
export async function readSeries(file: string, least: number): Promise<Float32Array> {
  const values = Float32Array.from((await readColumns(file, ['value'])).data)
  if (values.length < least)
    usageError(`--data ${file} must have at least ${least} values, got ${values.length}`)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return values.map((value) => (value - mean) / (Math.sqrt(variance) || 1))
}

export const sentencesFile = text(
  'FILE',
  'a CSV file with the columns text and label, 1 for praise and 0 for blame (default generated sentences)',
)
export const seriesFile = text(
  'FILE',
  'a CSV file with a series in the column value (default generated series)',
)
export const lineFile = text('FILE', 'a CSV file with the columns x and y (default generated points)')
export const pointsFile = text(
  'FILE',
  'a CSV file with the columns x1, x2 and y, the class of the point from 0 on (default generated points)',
)
