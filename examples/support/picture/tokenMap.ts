// Rows of words on coloured ground: what a model looks at, or what speaks for and against its answer.
// Words with numbers from -1 to 1 in → the text of an SVG out.

import { document, element, textAt } from './svg.js'

export interface Token {
  readonly text: string
  /** From 0 (white) to 1 (blue), and to -1 (orange). */
  readonly value: number
  readonly framed?: boolean
}

export interface TokenMapOptions {
  readonly title: string
  readonly rows: readonly (readonly Token[])[]
  /** Something about each row, at its end. */
  readonly notes?: readonly string[]
}

const [height, gap, left, top] = [26, 6, 16, 44]

/** White to blue for positive values, to orange for negative ones. */
function ground(value: number): string {
  const share = Math.min(1, Math.abs(value))
  const end = value < 0 ? [213, 94, 0] : [0, 114, 178]
  return `rgb(${end.map((byte) => Math.round(255 + (byte - 255) * share)).join(' ')})`
}

/** The text of an SVG: words are as wide as they need to be, and single characters all alike. */
export function tokenMap({ title, rows, notes = [] }: TokenMapOptions): string {
  let right = 32 + title.length * 9
  const lines = rows.flatMap((row, i) => {
    const y = top + i * (height + gap)
    let x = left
    const cells = row.map(({ text, value, framed = false }) => {
      const width = Math.max(height, 12 + text.length * 8)
      const cell = [
        element('rect', { x, y, width, height, rx: 3, fill: ground(value), stroke: '#ddd' }),
        ...(framed
          ? [element('rect', { x: x + 1, y: y + 1, width: width - 2, height: height - 2, rx: 3, ...frame })]
          : []),
        textAt(x + width / 2, y + height / 2 + 5, text, {
          'text-anchor': 'middle',
          fill: Math.abs(value) > 0.55 ? 'white' : '#222',
        }),
      ]
      x += width + 2
      return cell.join('')
    })
    const note = notes[i] === undefined ? [] : [textAt(x + 10, y + height / 2 + 5, notes[i])]
    right = Math.max(right, x + 26 + (notes[i]?.length ?? 0) * 8)
    return [...cells, ...note]
  })
  return document(
    right,
    top + rows.length * (height + gap) + 10,
    textAt(left, 26, title, { 'font-size': 16, 'font-weight': 600 }),
    ...lines,
  )
}

const frame = { fill: 'none', stroke: '#d55e00', 'stroke-width': 2.5 }
