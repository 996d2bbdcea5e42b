/**
 * Features as models want them: labels as one-hot rows, numbers on one scale. Statistics are plain data that is fitted on
 * the training rows and applied to all.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { normalizeAxes, range, sizeOf, stridesOf, without, type Shape } from '../core/shape.js'
import { checkHostTensor, toDevice, type HostTensor } from '../io/host.js'
import * as np from '../numpy/index.js'
import type { Dataset } from './dataset.js'

/**
 * Labels 0 … classes − 1 as rows with a 1 at the label: integers [...] → float32 [..., classes] on the host
 * (`nn.oneHot` does it on a device). Errors: `argument` for a label out of range.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const labels = { data: new Uint8Array([2, 0]), shape: [2], dtype: 'uint8' } as const
 * console.log(data.oneHot(labels, 3).data) // Float32Array [0, 0, 1, 1, 0, 0]
 * ```
 */
export function oneHot(labels: HostTensor, classes: number): HostTensor {
  const operation = 'data.oneHot'
  checkHostTensor(labels, operation)
  const out = new Float32Array(labels.data.length * classes)
  labels.data.forEach((label: number, i: number) => {
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      fail('argument', {
        operation,
        argument: `labels[${i}]`,
        received: String(label),
        expected: `a whole number from 0 to ${classes - 1}`,
      })
    out[i * classes + label] = 1
  })
  return { data: out, shape: [...labels.shape, classes], dtype: 'float32' }
}

/** What puts features on one scale: plain data, saved with the model by whoever saves the model. */
export interface Normalization {
  /** float32, of the shape that broadcasts against the rows */
  readonly mean: HostTensor
  /** float32, the standard deviation; 1 where a feature never changes */
  readonly deviation: HostTensor
}

export interface FitOptions {
  /** The axes over which statistics are taken, the first among them; default 0: one scale for each feature. null is all. */
  readonly axis?: number | readonly number[] | null
}

const isDataset = (x: HostTensor | Dataset<HostTensor>): x is Dataset<HostTensor> => 'rows' in x

/**
 * Mean and standard deviation of features, in double precision: of a tensor, or of the rows of a dataset of one (fit on
 * the training part alone, after `data.split`). For images [n, h, w, channels], `axis: [0, 1, 2]` gives one scale for
 * each channel. NaN is missing and does not count. Errors: `argument` where there are no rows.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const x = { data: new Float32Array([1, 10, 3, 30]), shape: [2, 2], dtype: 'float32' } as const
 * const scale = data.fitNormalization(x)
 * console.log(scale.mean.data, data.normalize(x, scale).data) // Float32Array [2, 20] Float32Array [-1, -1, 1, 1]
 * ```
 */
export function fitNormalization(
  given: HostTensor | Dataset<HostTensor>,
  { axis = 0 }: FitOptions = {},
): Normalization {
  const operation = 'data.fitNormalization'
  const tensor = isDataset(given) ? given.tensors : given
  checkHostTensor(tensor, operation)
  const rows = isDataset(given) ? given.rows : Uint32Array.from(range(tensor.shape[0] ?? 0))
  const axes = normalizeAxes(axis, tensor.shape, operation)
  if (!axes.includes(0) || rows.length === 0)
    fail('argument', {
      operation,
      argument: axes.includes(0) ? 'the number of rows' : 'axis',
      received: axes.includes(0) ? '0' : `[${axes.join(', ')}]`,
      expected: axes.includes(0) ? 'at least 1' : 'axes with the first, that of the rows, among them',
    })
  const group = groupsOf(
    tensor.shape.slice(1),
    axes.filter((a) => a > 0).map((a) => a - 1),
  )
  const shape = tensor.shape.slice(1).map((n, i) => (axes.includes(i + 1) ? 1 : n))
  return statistics(tensor, rows, group, shape)
}

/** For each element of a row, the number of the feature it belongs to. */
function groupsOf(row: Shape, reduced: readonly number[]): Uint32Array {
  const kept = without(range(row.length), reduced)
  const keptStrides = stridesOf(kept.map((a) => row[a] ?? 1))
  const strides = stridesOf(row)
  return Uint32Array.from({ length: sizeOf(row) }, (_, i) =>
    kept.reduce(
      (sum, a, k) => sum + (Math.floor(i / (strides[a] ?? 1)) % (row[a] ?? 1)) * (keptStrides[k] ?? 1),
      0,
    ),
  )
}

function statistics(
  { data }: HostTensor,
  rows: Uint32Array,
  group: Uint32Array,
  shape: Shape,
): Normalization {
  const groups = sizeOf(shape)
  const [count, mean, squares] = [0, 0, 0].map(() => new Float64Array(groups)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  // Welford's recurrence: no difference of large sums.
  for (const row of rows)
    for (let i = 0; i < group.length; i++) {
      const [x, g] = [data[row * group.length + i] ?? 0, group[i] ?? 0]
      if (Number.isNaN(x)) continue
      const n = (count[g] = (count[g] ?? 0) + 1)
      const before = x - (mean[g] ?? 0)
      mean[g] = (mean[g] ?? 0) + before / n
      squares[g] = (squares[g] ?? 0) + before * (x - mean[g])
    }
  const deviation = Float32Array.from(squares, (sum, g) => Math.sqrt(sum / Math.max(1, count[g] ?? 0)) || 1)
  return {
    mean: { data: Float32Array.from(mean), shape, dtype: 'float32' },
    deviation: { data: deviation, shape, dtype: 'float32' },
  }
}

/** Applies `f(x, mean, deviation)` to every element of a tensor whose last axes are those of the statistics. */
function elementwise(
  x: HostTensor,
  { mean, deviation }: Normalization,
  operation: string,
  f: (x: number, mean: number, deviation: number) => number,
): HostTensor {
  checkHostTensor(x, operation)
  const row = x.shape.slice(x.shape.length - mean.shape.length)
  const reduced = range(row.length).filter((a) => mean.shape[a] === 1)
  if (row.length !== mean.shape.length || row.some((n, a) => !reduced.includes(a) && n !== mean.shape[a]))
    fail('shape', {
      operation,
      shapes: [x.shape, mean.shape],
      expected: 'rows to which the statistics broadcast',
    })
  const group = groupsOf(row, reduced)
  const out = new Float32Array(x.data.length)
  for (let i = 0; i < out.length; i++) {
    const g = group[i % group.length] ?? 0
    out[i] = f(x.data[i] ?? 0, mean.data[g] ?? 0, deviation.data[g] ?? 1)
  }
  return { data: out, shape: x.shape, dtype: 'float32' }
}

/**
 * (x − mean) / deviation: a tensor on the host, as float32, or an array (inside `jit` too).
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const scale = data.fitNormalization({ data: new Uint8Array([0, 4]), shape: [2, 1], dtype: 'uint8' })
 * console.log(data.normalize(np.array([[6]]), scale).js()) // [[2]]
 * ```
 */
export function normalize<T extends HostTensor | NDArray>(
  x: T,
  normalization: Normalization,
): T extends NDArray ? NDArray : HostTensor
export function normalize(x: HostTensor | NDArray, normalization: Normalization): HostTensor | NDArray {
  if (!(x instanceof NDArray))
    return elementwise(x, normalization, 'data.normalize', (x, mean, deviation) => (x - mean) / deviation)
  return np.divide(np.subtract(x, toDevice(normalization.mean)), toDevice(normalization.deviation))
}

/**
 * x · deviation + mean: the inverse of `normalize`, for predictions on the scale of the data.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const scale = data.fitNormalization({ data: new Uint8Array([0, 4]), shape: [2, 1], dtype: 'uint8' })
 * console.log(data.denormalize(np.array([[2]]), scale).js()) // [[6]]
 * ```
 */
export function denormalize<T extends HostTensor | NDArray>(
  x: T,
  normalization: Normalization,
): T extends NDArray ? NDArray : HostTensor
export function denormalize(x: HostTensor | NDArray, normalization: Normalization): HostTensor | NDArray {
  if (!(x instanceof NDArray))
    return elementwise(x, normalization, 'data.denormalize', (x, mean, deviation) => x * deviation + mean)
  return np.add(np.multiply(x, toDevice(normalization.deviation)), toDevice(normalization.mean))
}
