// Examples from a file of NumPy (.npz), for those whose inputs are neither images, tables nor texts.

import { CotangentError, data, io } from 'cotangent'
import { text, usageError } from './commandLine.js'

interface Labels extends data.HostTensor {
  readonly data: Int32Array
}

export const arrayFile = (contents: string) =>
  text('FILE', `a NumPy file (.npz) with ${contents} (default generated)`)

/**
 * The rows of x [n, width] and of the labels, whole numbers below the given ones, in the order of `seed`: a fifth held
 * out, the rest to learn from.
 */
export async function readRows<N extends string>(
  file: string,
  { dtype, width }: { readonly dtype: 'float32' | 'int32'; readonly width: number },
  labels: Readonly<Record<N, number>>,
  seed: number,
) {
  const arrays = await io.readNpz(file).catch((error: unknown) => {
    if (error instanceof CotangentError) usageError(`--data ${file}: ${error.message}`)
    throw error
  })
  const x = arrays['x']
  const n = x?.shape[0] ?? 0
  if (x === undefined || x.dtype !== dtype || x.shape.length !== 2 || x.shape[1] !== width)
    return usageError(`--data ${file}: x must be ${dtype}[n, ${width}], got ${described(x)}`)
  const columns = {} as Record<N, Labels>
  for (const name of Object.keys(labels) as N[]) {
    const column = arrays[name]
    const isList = column?.dtype === 'int32' && column.shape.length === 1 && column.shape[0] === n
    if (column === undefined || !isList || column.data.some((value) => value < 0 || value >= labels[name]))
      return usageError(
        `--data ${file}: ${name} must be int32[${n}] of numbers below ${labels[name]}, got ${described(column)}`,
      )
    columns[name] = { data: Int32Array.from(column.data), shape: [n], dtype: 'int32' }
  }
  const rows = data.fromArrays({ x, ...columns })
  const [heldOut, training] = data.split(data.shuffle(rows, seed), 0.2)
  return { training, heldOut }
}

const described = (tensor: data.HostTensor | undefined): string =>
  tensor === undefined ? 'no such array' : `${tensor.dtype}[${tensor.shape.join(', ')}]`
