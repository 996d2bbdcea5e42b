// Images of digits anywhere on larger canvases: what makes them hard to tell for a network that has seen few.
// Images of labels 0 to 9 in → digits 0–4, ten examples each of 5–9, and the others of 5–9.

import { data } from 'cotangent'
import { usageError } from './commandLine.js'
import type { LabelledImages } from './images.js'
import { randomSource } from './randomSource.js'

/** How many pixels wider and higher a canvas is than the image. */
const room = 8
const half = 5

export interface Rows {
  /** Of digits 0–4. */
  readonly low: readonly number[]
  /** Of ten examples each of 5–9. */
  readonly few: readonly number[]
  /** Of the other images of 5–9. */
  readonly rest: readonly number[]
}

/** Which images are what; `draw` decides which examples are the few. */
export function rowsFor({ dataset }: LabelledImages, seed: number, draw: number, examples = 10): Rows {
  const labels = dataset.tensors.y.data
  const order = Array.from(data.shuffle(dataset, seed, draw).rows)
  const low = order.filter((row) => (labels[row] ?? 0) < half)
  const high = order.filter((row) => (labels[row] ?? 0) >= half)
  const seen = new Map<number, number>()
  const isEarly = (row: number): boolean => {
    const label = labels[row] ?? 0
    seen.set(label, (seen.get(label) ?? 0) + 1)
    return (seen.get(label) ?? 0) <= examples
  }
  const early = new Set(high.filter(isEarly))
  if (low.length === 0 || early.size !== half * examples || early.size === high.length) {
    usageError(`--data must have more than ${examples} images of each digit from 0 to 9`)
  }
  return { low, few: [...early], rest: high.filter((row) => !early.has(row)) }
}

/**
 * Each image of `rows` in `copies` places: x [n, height, width] with a little noise, y [n] the digit, less 5 from 5 on.
 */
export function scenes(
  { dataset, shape }: LabelledImages,
  rows: readonly number[],
  copies: number,
  seed: number,
) {
  const source = randomSource(seed)
  const [height = 1, width = 1] = shape
  const [canvasHeight, canvasWidth] = [height + room, width + room]
  const n = rows.length * copies
  const size = canvasHeight * canvasWidth
  const x = Float32Array.from({ length: n * size }, () => 0.1 * Math.abs(source.normal()))
  const y = new Int32Array(n)
  const { x: images, y: labels } = dataset.tensors
  for (let i = 0; i < n; i++) {
    const row = rows[Math.floor(i / copies)] ?? 0
    y[i] = (labels.data[row] ?? 0) % half
    const corner = i * size + source.integer(room + 1) * canvasWidth + source.integer(room + 1)
    for (let line = 0; line < height; line++) {
      for (let column = 0; column < width; column++) {
        const at = corner + line * canvasWidth + column
        x[at] = Math.max(x[at] ?? 0, images.data[(row * height + line) * width + column] ?? 0)
      }
    }
  }
  return data.fromArrays({
    x: { data: x, shape: [n, canvasHeight, canvasWidth], dtype: 'float32' },
    y: { data: y, shape: [n], dtype: 'int32' },
  } as const)
}
