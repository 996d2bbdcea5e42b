// Images as bytes: a raster of grey or RGB pixels in → a PNG file out.

import { encode } from 'fast-png'

/** Pixels in rows from the top, `channels` bytes each. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
}

/** A raster all of one brightness. */
export const blank = (width: number, height: number, channels: 1 | 3, brightness: number): Raster => ({
  width,
  height,
  channels,
  data: new Uint8Array(width * height * channels).fill(brightness),
})

/** Draws `source` into `target` with its top left pixel at (x, y), each pixel as a square of `scale` by `scale`. */
export function draw(target: Raster, source: Raster, x: number, y: number, scale = 1): void {
  for (let row = 0; row < source.height * scale; row++) {
    for (let column = 0; column < source.width * scale; column++) {
      const from = Math.floor(row / scale) * source.width + Math.floor(column / scale)
      const to = (y + row) * target.width + x + column
      for (let c = 0; c < target.channels; c++) {
        const channel = source.channels === 1 ? 0 : c
        target.data[to * target.channels + c] = source.data[from * source.channels + channel] ?? 0
      }
    }
  }
}

/** The bytes of a PNG file. */
export const png = (raster: Raster): Uint8Array => encode({ ...raster, depth: 8 })
