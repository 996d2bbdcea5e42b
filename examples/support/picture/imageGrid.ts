// A grid of small images, enlarged so that their pixels can be seen, with a title and a line of text below each.
// Numbers in [0, 1] in → a PNG file out.

import { blank, draw, png, type Raster } from './png.js'
import { textRaster } from './font.js'

/** Images of one size: grey [n, height, width] or [n, height, width, 1], or RGB [n, height, width, 3], from 0 to 1. */
export interface Images {
  readonly data: ArrayLike<number>
  readonly shape: readonly number[]
}

export interface GridOptions {
  readonly title?: string
  /** One line (ASCII) below each image. */
  readonly labels?: readonly string[]
  /** One line (ASCII) to the left of each row. */
  readonly rowLabels?: readonly string[]
  readonly columns?: number
  /** How many pixels wide a pixel of an image becomes. */
  readonly scale?: number
  /** Show grey images as dark ink on white paper instead of light on black. */
  readonly ink?: boolean
}

/** Image `i` as bytes. */
function raster({ data, shape }: Images, i: number, ink: boolean): Raster {
  const [, height = 1, width = 1, channels = 1] = shape
  const size = height * width * channels
  const byte = (at: number): number => {
    const value = Math.round(255 * Math.min(1, Math.max(0, data[i * size + at] ?? 0)))
    return ink ? 255 - value : value
  }
  return {
    width,
    height,
    channels: channels === 3 ? 3 : 1,
    data: Uint8Array.from({ length: size }, (_, at) => byte(at)),
  }
}

const gap = 4
const textScale = 2
const lineHeight = 8 * textScale + gap

/** The PNG of all images, row by row. */
export function imageGrid(images: Images, options: GridOptions = {}): Uint8Array {
  const { title, labels, rowLabels = [], columns = 10, scale = 4, ink = false } = options
  const [count = 0, height = 1, width = 1, channels = 1] = images.shape
  const longest = (labels ?? []).reduce((length, label) => Math.max(length, label.length), 0)
  const captions = labels?.map((label) => textRaster(label, longest * 12 > width * scale ? 1 : textScale))
  const heading = title === undefined ? undefined : textRaster(title, textScale)
  const cellWidth = Math.max(width * scale, ...(captions ?? []).map((caption) => caption.width)) + gap
  const cellHeight = height * scale + gap + (labels === undefined ? 0 : lineHeight)
  const sides = rowLabels.map((label) => textRaster(label, textScale))
  const left = gap + sides.reduce((most, side) => Math.max(most, side.width + 2 * gap), 0)
  const top = gap + (heading === undefined ? 0 : lineHeight + 2 * gap)
  const picture = blank(
    Math.max(left + Math.min(count, columns) * cellWidth, (heading?.width ?? 0) + 2 * gap),
    top + Math.ceil(count / columns) * cellHeight,
    channels === 3 ? 3 : 1,
    255,
  )
  if (heading !== undefined) draw(picture, heading, gap, gap)
  sides.forEach((side, row) =>
    draw(picture, side, gap, top + row * cellHeight + Math.floor((height * scale - side.height) / 2)),
  )
  for (let i = 0; i < count; i++) {
    const x = left + (i % columns) * cellWidth
    const y = top + Math.floor(i / columns) * cellHeight
    draw(picture, raster(images, i, ink), x + Math.floor((cellWidth - gap - width * scale) / 2), y, scale)
    const caption = captions?.[i]
    if (caption === undefined) continue
    draw(picture, caption, x + Math.floor((cellWidth - gap - caption.width) / 2), y + height * scale + 2)
  }
  return png(picture)
}
