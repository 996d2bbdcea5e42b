// A matrix as coloured cells with labels at its rows and columns (confusion matrices, attention, spectrograms).
// Rows of numbers in → the text of an SVG out.

import { cool, css } from './colors.js'
import { document, element, textAt } from './svg.js'

export interface HeatMapOptions {
  readonly title: string
  /** The rows from the top, all of one length. */
  readonly values: readonly (readonly number[])[]
  /** One for each row, or for some (the empty text for none). */
  readonly rowLabels?: readonly string[]
  readonly columnLabels?: readonly string[]
  /** What the rows and the columns are. */
  readonly rows?: string
  readonly columns?: string
  /** Writes the number of a cell into it; without it cells have no text. */
  readonly format?: (value: number) => string
  /** The values of the lightest and the darkest cell; default those that occur. */
  readonly range?: readonly [number, number]
  /** The size of a cell in pixels, one number or width and height; default what makes the picture some 500 wide. */
  readonly cell?: number | readonly [width: number, height: number]
}

const longest = (labels: readonly string[]): number => Math.max(0, ...labels.map((label) => label.length))

interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function cells(options: HeatMapOptions, { left, top, width, height }: Frame): string[] {
  const { values, format } = options
  const [low, high] = options.range ?? [
    values.flat().reduce((a, b) => Math.min(a, b), Infinity),
    values.flat().reduce((a, b) => Math.max(a, b), -Infinity),
  ]
  return values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const share = (value - low) / (high - low || 1)
      const ground = css(cool(share))
      const [x, y] = [left + j * width, top + i * height]
      const square = element('rect', {
        x,
        y,
        width: width + 0.3,
        height: height + 0.3,
        fill: ground,
      })
      if (format === undefined) return ground === '#ffffff' ? [] : [square]
      const fill = share > 0.5 ? 'white' : '#222'
      const where = { 'text-anchor': 'middle', 'font-size': 11, fill }
      return [square, textAt(x + width / 2, y + height / 2 + 4, format(value), where)]
    }),
  )
}

/** The text of an SVG. */
export function heatMap(options: HeatMapOptions): string {
  const { title, values, rowLabels = [], columnLabels = [], rows, columns } = options
  const count = values[0]?.length ?? 1
  const size = options.cell ?? Math.max(4, Math.min(40, 500 / count))
  const [width, height] = typeof size === 'number' ? [size, size] : size
  const upright = longest(columnLabels) * 8 > width
  const frame: Frame = {
    left: 16 + (rows === undefined ? 0 : 20) + longest(rowLabels) * 8,
    top:
      36 +
      (columns === undefined ? 0 : 20) +
      (columnLabels.length === 0 ? 0 : upright ? longest(columnLabels) * 8 : 16),
    width,
    height,
  }
  const [right, bottom] = [frame.left + count * width, frame.top + values.length * height]
  const column = (label: string, j: number): string => {
    const x = frame.left + (j + 0.5) * width
    if (!upright) return textAt(x, frame.top - 6, label, { 'text-anchor': 'middle' })
    return textAt(0, 0, label, { transform: `translate(${(x + 4).toFixed(1)} ${frame.top - 6}) rotate(-90)` })
  }
  return document(
    Math.max(right + 16, 32 + title.length * 8.6),
    bottom + 16,
    textAt(16, 23, title, { 'font-size': 16, 'font-weight': 600 }),
    ...cells(options, frame),
    element('rect', {
      x: frame.left,
      y: frame.top,
      width: right - frame.left,
      height: bottom - frame.top,
      fill: 'none',
      stroke: '#999',
    }),
    ...columnLabels.map(column),
    ...rowLabels.map((label, i) =>
      textAt(frame.left - 6, frame.top + (i + 0.5) * height + 4, label, { 'text-anchor': 'end' }),
    ),
    ...(columns === undefined
      ? []
      : [textAt((frame.left + right) / 2, 46, columns, { 'text-anchor': 'middle' })]),
    ...(rows === undefined
      ? []
      : [
          textAt(0, 0, rows, {
            'text-anchor': 'middle',
            transform: `translate(18 ${(frame.top + bottom) / 2}) rotate(-90)`,
          }),
        ]),
  )
}
