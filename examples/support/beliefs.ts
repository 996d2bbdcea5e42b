// How a recurrent classifier changes its mind on the way through an image. A trained model and images in → the
// probabilities of all classes after each row, and a picture of them.

import { data, nn, train, type NDArray } from 'cotangent'
import { heatMap } from './picture/heatMap.js'

export interface Belief {
  /** Rows of pixels, from 0 to 1. */
  readonly pixels: readonly (readonly number[])[]
  readonly label: number
  /** For each row the probabilities after it. */
  readonly probabilities: readonly (readonly number[])[]
}

type Images = data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>

const rowsOf = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (__, j) => values[i * width + j] ?? 0),
  )

/** Every image as often as it has rows, with a mask that hides one row less each time. */
function prefixes(x: Float32Array, [height = 1, width = 1]: readonly number[]) {
  const count = x.length / (height * width)
  const repeated = new Float32Array(x.length * height)
  const mask = new Uint8Array(count * height * height)
  for (let i = 0; i < count; i++) {
    const image = x.subarray(i * height * width, (i + 1) * height * width)
    for (let read = 0; read < height; read++) {
      repeated.set(image, (i * height + read) * height * width)
      mask.fill(1, (i * height + read) * height, (i * height + read) * height + read + 1)
    }
  }
  return data.fromArrays({
    x: { data: repeated, shape: [count * height, height, width], dtype: 'float32' },
    mask: { data: mask, shape: [count * height, height], dtype: 'bool' },
  } as const)
}

/** What `model` thinks of each image of shape [rows, columns] after one row, two rows, … */
export async function beliefs<P, S>(
  model: nn.Layer<P, S>,
  variables: nn.Variables<P, S>,
  images: Images,
  shape: readonly number[],
): Promise<Belief[]> {
  const [height = 1, width = 1] = shape
  const { x, y } = data.all(images)
  const [pixels, labels] = [Float32Array.from(await x.data()), await y.data()]
  const logits: NDArray = await train.predict({
    model,
    variables,
    data: prefixes(pixels, shape),
    batchSize: 64,
  })
  const classes = logits.shape[1] ?? 1
  const probabilities = rowsOf(await nn.softmax(logits).data(), classes)
  const rows = rowsOf(pixels, width)
  return Array.from(labels, (label, i) => ({
    pixels: rows.slice(i * height, (i + 1) * height),
    label,
    probabilities: probabilities.slice(i * height, (i + 1) * height),
  }))
}

/** The image on the left, the probabilities after each of its rows on the right. */
export function beliefMap({ pixels, label, probabilities }: Belief): string {
  const width = pixels[0]?.length ?? 0
  const classes = probabilities[0]?.map((_, i) => String(i)) ?? []
  return heatMap({
    title: `a ${label}`,
    values: pixels.map((row, i) => [...row, 0, ...(probabilities[i] ?? [])]),
    columnLabels: [...new Array<string>(width + 1).fill(''), ...classes],
    range: [0, 1],
    cell: Math.min(16, 400 / width),
  })
}
