// What a classifier makes of a square of the plane: pale colours for its classes, full colours for given points.

import { data, type NDArray } from 'cotangent'
import type { Images } from './imageGrid.js'
import { palette } from './svg.js'

type Points = data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>

const resolution = 440
/** The square reaches from -span to span along both axes. */
const span = 2.2
/** How many of the points are drawn. */
const shown = 1500

const rgb = (label: number): number[] => {
  const color = palette[label % palette.length] ?? '#000000'
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
}

/** The map as one RGB image; `predict` gives logits [n, classes] for points x [n, 2]. */
export async function planeMap(
  predict: (points: { readonly x: data.Dataset<{ readonly x: data.HostTensor }> }) => Promise<NDArray>,
  points: Points,
): Promise<Images> {
  const place = (i: number): number => (((i + 0.5) / resolution) * 2 - 1) * span
  const plane = Float32Array.from({ length: 2 * resolution ** 2 }, (_, i) => {
    const pixel = Math.floor(i / 2)
    return i % 2 === 0 ? place(pixel % resolution) : -place(Math.floor(pixel / resolution))
  })
  const x = data.fromArrays({ x: { data: plane, shape: [resolution ** 2, 2], dtype: 'float32' } as const })
  const labels = await (await predict({ x })).argmax(1).data()
  const pixels = Float32Array.from(
    Array.from(labels).flatMap((label) => rgb(label).map((channel) => 1 - 0.35 * (1 - channel))),
  )
  drawPoints(pixels, points)
  return { data: pixels, shape: [1, resolution, resolution, 3] }
}

function drawPoints(pixels: Float32Array, { tensors: { x, y }, length }: Points): void {
  const pixel = (value: number): number => Math.round(((value / span + 1) / 2) * resolution)
  for (let i = 0; i < Math.min(length, shown); i++) {
    const [column, row] = [pixel(x.data[2 * i] ?? 0), pixel(-(x.data[2 * i + 1] ?? 0))]
    const color = rgb(y.data[i] ?? 0)
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      if (column + dx < resolution && row + dy < resolution)
        pixels.set(color, 3 * ((row + dy) * resolution + column + dx))
    }
  }
}
