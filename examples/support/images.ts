// Labelled images from a folder of IDX files, gzipped or not, ready for training: float32 pixels in [0, 1].

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CotangentError, data } from 'cotangent'
import { text, usageError } from './commandLine.js'

const digitsFolder = fileURLToPath(new URL('../data/digits', import.meta.url))

/** The option of examples that read digits. */
export const imageFolder = text(
  'DIR',
  'a folder with two IDX files, *images* and *labels* (default the digits that come along)',
)

function fileIn(folder: string, word: string): string {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return usageError(`--data must be a folder that can be read, got '${folder}'`)
  }
  const name = names.find((candidate) => candidate.includes(word))
  if (name === undefined) return usageError(`--data ${folder} has no IDX file with '${word}' in its name`)
  return join(folder, name)
}

export interface LabelledImages {
  readonly dataset: data.Dataset<{ readonly x: data.HostTensor; readonly y: data.HostTensor }>
  /** The shape of one image. */
  readonly shape: readonly number[]
  readonly classes: number
}

/** Reads `*images*` and `*labels*` of a folder, or the digits that come along. */
export async function readImages(folder = digitsFolder): Promise<LabelledImages> {
  const { images, labels } = await data
    .readLabelledIdx(fileIn(folder, 'images'), fileIn(folder, 'labels'))
    .catch((error: unknown) => {
      if (error instanceof CotangentError) usageError(error.message)
      throw error
    })
  const count = labels.data.length
  if (count < 10) usageError(`--data ${folder} must hold at least 10 images, got ${count}`)
  const brightest = Array.from(images.data).reduce((a, b) => Math.max(a, b), 1)
  const x = {
    ...images,
    dtype: 'float32',
    data: Float32Array.from(images.data, (pixel) => pixel / brightest),
  } as const
  const y = { ...labels, dtype: 'int32', data: Int32Array.from(labels.data) } as const
  const classes = y.data.reduce((a, b) => Math.max(a, b), 0) + 1
  return { dataset: data.fromArrays({ x, y }), shape: images.shape.slice(1), classes }
}

/** The images alone, without labels. */
export const unlabelled = ({ dataset }: LabelledImages): data.Dataset<{ readonly x: data.HostTensor }> =>
  data.withTensors(dataset, ({ x }) => ({ x }))
