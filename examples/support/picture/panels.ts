// Several SVG pictures side by side. The texts of SVGs in → the text of one SVG out.

import { document, textAt } from './svg.js'

interface Size {
  readonly width: number
  readonly height: number
}

const sizeOf = (svg: string): Size => {
  const [, width = 0, height = 0] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.map(Number) ?? []
  return { width, height }
}

/** The pictures in rows of `columns`, below a title. */
export function panels(
  pictures: readonly string[],
  { title, columns = pictures.length }: { readonly title?: string; readonly columns?: number } = {},
): string {
  const sizes = pictures.map(sizeOf)
  const width = Math.max(0, ...sizes.map((size) => size.width))
  const height = Math.max(0, ...sizes.map((size) => size.height))
  const top = title === undefined ? 0 : 36
  const placed = pictures.map((svg, i) => {
    const [x, y] = [(i % columns) * width, top + Math.floor(i / columns) * height]
    return svg.trimEnd().replace('<svg ', `<svg x="${x}" y="${y}" `)
  })
  return document(
    Math.min(columns, pictures.length) * width,
    top + Math.ceil(pictures.length / columns) * height,
    ...(title === undefined ? [] : [textAt(16, 26, title, { 'font-size': 18, 'font-weight': 600 })]),
    ...placed,
  )
}
