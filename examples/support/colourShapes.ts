// Colour images of ten kinds: a disk, square, triangle, cross or ring, in a warm or a cool colour, of many sizes, a
// little off the middle and turned, on a noisy ground. Neither the colour nor the shape alone tells the class.

import { data } from 'cotangent'
import { randomSource, type RandomSource } from './randomSource.js'

const size = 32

/** Whether a point is inside a shape that reaches about one from the origin. */
const shapes: readonly (readonly [name: string, inside: (x: number, y: number) => boolean])[] = [
  ['disk', (x, y) => Math.hypot(x, y) < 0.9],
  ['square', (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.75],
  ['triangle', (x, y) => y > -0.55 && y < 1 - Math.sqrt(3) * Math.abs(x)],
  ['cross', (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.min(Math.abs(x), Math.abs(y)) < 0.28],
  ['ring', (x, y) => Math.abs(Math.hypot(x, y) - 0.75) < 0.22],
]
/** Hues in degrees. */
const temperatures = [
  ['warm', [-25, 45]],
  ['cool', [170, 250]],
] as const

export const colourShapeNames: readonly string[] = temperatures.flatMap(([temperature]) =>
  shapes.map(([shape]) => `${temperature} ${shape}`),
)

type Colour = readonly [red: number, green: number, blue: number]

function colour(hue: number, saturation: number, value: number): Colour {
  const channel = (n: number): number => {
    const k = (((n + hue / 60) % 6) + 6) % 6
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)))
  }
  return [channel(5), channel(3), channel(1)]
}

/** Writes one image [32, 32, 3] of a class. */
function drawImage(source: RandomSource, label: number, pixels: Float32Array): void {
  const [, inside] = shapes[label % shapes.length] ?? ['', () => false]
  const [, hues] = temperatures[Math.floor(label / shapes.length)] ?? temperatures[0]
  const front = colour(source.uniform(...hues), source.uniform(0.6, 1), source.uniform(0.65, 1))
  const ground = colour(source.uniform(0, 360), source.uniform(0, 0.3), source.uniform(0.05, 0.6))
  const radius = source.uniform(9, 13)
  const [centerX, centerY] = [16 + source.uniform(-3, 3), 16 + source.uniform(-3, 3)]
  const turn = Math.PI + source.uniform(-0.25, 0.25)
  const [cos, sin] = [Math.cos(turn) / radius, Math.sin(turn) / radius]
  for (let i = 0; i < size * size; i++) {
    const [x, y] = [(i % size) - centerX + 0.5, Math.floor(i / size) - centerY + 0.5]
    const chosen = inside(cos * x + sin * y, cos * y - sin * x) ? front : ground
    const shade = 0.05 * source.normal()
    chosen.forEach((channel, c) => {
      pixels[3 * i + c] = Math.min(1, Math.max(0, channel + shade + 0.04 * (source.uniform() - 0.5)))
    })
  }
}

/** `n` images [n, 32, 32, 3] in [0, 1], as many of each class, and their classes. */
export function colourShapes(
  seed: number,
  n: number,
): data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>> {
  const source = randomSource(seed, 1)
  const length = size * size * 3
  const x = new Float32Array(n * length)
  const y = Int32Array.from({ length: n }, (_, i) => i % colourShapeNames.length)
  y.forEach((label, i) => drawImage(source, label, x.subarray(i * length, (i + 1) * length)))
  return data.fromArrays({
    x: { data: x, shape: [n, size, size, 3], dtype: 'float32' },
    y: { data: y, shape: [n], dtype: 'int32' },
  })
}
