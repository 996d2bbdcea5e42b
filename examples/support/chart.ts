// A curve as text: each character cell is an upper and a lower half.
// Numbers in → lines with an axis on the left.

export interface ChartOptions {
  readonly title: string
  readonly width?: number
  readonly height?: number
}

/** The mean of each of at most `width` equal parts of `values`. */
function columns(values: readonly number[], width: number): number[] {
  const n = Math.min(width, values.length)
  return Array.from({ length: n }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / n), Math.floor(((i + 1) * values.length) / n))
    return part.reduce((a, b) => a + b, 0) / part.length
  })
}

/** Draws positive `values` from left to right, the vertical axis logarithmic. */
export function chart(values: readonly number[], { title, width = 64, height = 10 }: ChartOptions): string {
  const points = columns(values.filter(Number.isFinite), width).map((y) => Math.log(Math.max(y, 1e-30)))
  const low = Math.min(...points)
  const span = Math.max(...points) - low || 1
  // Heights in half cells, from the bottom.
  const heights = points.map((y) => Math.round(((y - low) / span) * (2 * height - 1)))
  /** Whether the curve, on its way from the column before, passes a half cell. */
  const passes = (column: number, at: number): boolean => {
    const here = heights[column] ?? 0
    const before = heights[column - 1] ?? here
    return at === here || (at > Math.min(here, before) && at < Math.max(here, before))
  }
  const cell = (column: number, row: number): string => {
    const [lower, upper] = [passes(column, 2 * row), passes(column, 2 * row + 1)]
    return lower ? (upper ? '█' : '▄') : upper ? '▀' : ' '
  }
  const rows = Array.from({ length: height }, (_, i) => {
    const row = height - 1 - i
    const label = Math.exp(low + (span * row) / (height - 1)).toPrecision(3)
    return `${label.padStart(9)} ┤${points.map((_y, column) => cell(column, row)).join('')}`
  })
  return [`${' '.repeat(11)}${title}`, ...rows, `${' '.repeat(10)}└${'─'.repeat(points.length)}`].join('\n')
}
