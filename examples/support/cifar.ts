// CIFAR-10 from a folder with its binary files: float32 pixels in [0, 1] and labels.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CotangentError, data } from 'cotangent'
import { usageError } from './commandLine.js'

type LabelledRows = data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>

const names = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const

async function readFiles(paths: readonly string[]): Promise<LabelledRows> {
  const { images, labels } = await data.readCifar10(paths).catch((error: unknown) => {
    if (error instanceof CotangentError) usageError(error.message)
    throw error
  })
  return data.fromArrays({
    x: { ...images, dtype: 'float32', data: Float32Array.from(images.data, (byte) => byte / 255) } as const,
    y: { ...labels, dtype: 'int32', data: Int32Array.from(labels.data) } as const,
  })
}

/** The training files (data_batch_*.bin) and, for validation, test_batch.bin or a tenth of the rest. */
export async function readCifarFolder(folder: string): Promise<{
  readonly training: LabelledRows
  readonly validation: LabelledRows
  readonly names: readonly string[]
}> {
  let files: string[]
  try {
    files = readdirSync(folder)
      .filter((file) => /_batch.*\.bin(\.gz)?$/.test(file))
      .sort()
  } catch {
    return usageError(`--data must be a folder that can be read, got '${folder}'`)
  }
  const paths = (isTest: boolean): string[] =>
    files.filter((file) => file.startsWith('test') === isTest).map((file) => join(folder, file))
  if (paths(false).length === 0) usageError(`--data ${folder} has no file data_batch_….bin`)
  const all = await readFiles(paths(false))
  if (paths(true).length > 0) return { training: all, validation: await readFiles(paths(true)), names }
  const [training, validation] = data.split(all, 0.9)
  return { training, validation, names }
}
