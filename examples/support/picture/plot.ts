// Lines and points over two axes, with a title and a legend. Series of numbers in → the text of an SVG out.

import { document, element, palette, textAt } from './svg.js'
import { scaleOf, type Scale } from './ticks.js'

export interface Series {
  /** For the legend; a series without one is not in it. */
  readonly label?: string
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** `line` through the points (the default), or each point for itself. */
  readonly kind?: 'line' | 'points' | 'dashes'
  /** A colour of CSS; default the next of the palette. */
  readonly color?: string
  /** The radius of points or the width of the line, in pixels. */
  readonly size?: number
  /** A character drawn in place of each point. */
  readonly symbol?: string
}

interface AxisOptions {
  readonly label: string
  readonly log?: boolean
  /** default: what the series take up */
  readonly range?: readonly [number, number]
}

export interface PlotOptions {
  readonly title: string
  readonly x: AxisOptions
  readonly y: AxisOptions
  readonly series: readonly Series[]
  /** default 'top right' */
  readonly legend?: 'top right' | 'top left' | 'bottom right' | 'bottom left'
  readonly width?: number
  readonly height?: number
}

const margin = { left: 64, right: 16, top: 36, bottom: 48 }

/** The range of an axis: given, or that of the values and a little more. */
function extent({ range, log = false }: AxisOptions, values: readonly number[]): readonly [number, number] {
  if (range !== undefined) return range
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0))
  const low = usable.reduce((a, b) => Math.min(a, b), Infinity)
  const high = usable.reduce((a, b) => Math.max(a, b), -Infinity)
  if (low > high) return log ? [1, 10] : [0, 1]
  if (log) return [low / 1.1, high * 1.1]
  const pad = (high - low || 1) * 0.03
  return [low - pad, high + pad]
}

function marks(series: Series, color: string, x: Scale, y: Scale): string {
  const { kind = 'line', symbol, size } = series
  const points = Array.from(series.x, (value, i) => [x.at(value), y.at(series.y[i] ?? NaN)] as const).filter(
    (p) => p.every(Number.isFinite),
  )
  if (symbol !== undefined) {
    const each = points.map(([px, py]) => textAt(px, py + 4, symbol))
    return element('g', { fill: color, 'text-anchor': 'middle', 'font-size': size ?? 11 }, ...each)
  }
  if (kind === 'points') {
    const dots = points.map(([cx, cy]) => element('circle', { cx, cy, r: size ?? 2.5 }))
    return element('g', { fill: color, 'fill-opacity': 0.6 }, ...dots)
  }
  const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')
  return element('polyline', {
    points: path,
    fill: 'none',
    stroke: color,
    'stroke-width': size ?? 1.8,
    'stroke-linejoin': 'round',
    'stroke-dasharray': kind === 'dashes' ? '6 4' : undefined,
  })
}

/** Grid lines, numbers, labels of both axes. */
function axes(
  { x: xAxis, y: yAxis }: PlotOptions,
  x: Scale,
  y: Scale,
  width: number,
  height: number,
): string[] {
  const [right, bottom] = [width - margin.right, height - margin.bottom]
  const grid = { stroke: '#e4e4e4' }
  return [
    ...x.ticks.flatMap(({ value, label }) => [
      element('line', { x1: x.at(value), x2: x.at(value), y1: margin.top, y2: bottom, ...grid }),
      textAt(x.at(value), bottom + 17, label, { 'text-anchor': 'middle' }),
    ]),
    ...y.ticks.flatMap(({ value, label }) => [
      element('line', { x1: margin.left, x2: right, y1: y.at(value), y2: y.at(value), ...grid }),
      textAt(margin.left - 7, y.at(value) + 4, label, { 'text-anchor': 'end' }),
    ]),
    textAt((margin.left + right) / 2, height - 10, xAxis.label, { 'text-anchor': 'middle' }),
    textAt(0, 0, yAxis.label, {
      'text-anchor': 'middle',
      transform: `translate(16 ${(margin.top + bottom) / 2}) rotate(-90)`,
    }),
  ]
}

function legend(
  entries: readonly { label: string; color: string }[],
  place: NonNullable<PlotOptions['legend']>,
  right: number,
  bottom: number,
): string[] {
  if (entries.length === 0) return []
  const width = 36 + 7.2 * Math.max(...entries.map(({ label }) => label.length))
  const height = 18 * entries.length + 8
  const left = place.endsWith('left') ? margin.left + 8 : right - width - 8
  const top = place.startsWith('top') ? margin.top + 8 : bottom - height - 8
  return [
    element('rect', { x: left, y: top, width, height, fill: 'white', 'fill-opacity': 0.85, stroke: '#ccc' }),
    ...entries.flatMap(({ label, color }, i) => [
      element('rect', { x: left + 8, y: top + 10 + 18 * i, width: 12, height: 6, fill: color }),
      textAt(left + 26, top + 17 + 18 * i, label),
    ]),
  ]
}

/** The text of an SVG. */
export function plot(options: PlotOptions): string {
  const { title, series, width = 640, height = 400 } = options
  const [right, bottom] = [width - margin.right, height - margin.bottom]
  const all = (axis: 'x' | 'y'): number[] => series.flatMap((one) => Array.from(one[axis]))
  const x = scaleOf(extent(options.x, all('x')), [margin.left, right], { log: options.x.log ?? false })
  const y = scaleOf(extent(options.y, all('y')), [bottom, margin.top], { log: options.y.log ?? false })
  const colors = series.map((one, i) => one.color ?? palette[i % palette.length] ?? 'black')
  const entries = series.flatMap(({ label }, i) =>
    label === undefined ? [] : [{ label, color: colors[i] ?? '' }],
  )
  const frame = { x: margin.left, y: margin.top, width: right - margin.left, height: bottom - margin.top }
  return document(
    width,
    height,
    textAt(margin.left, 23, title, { 'font-size': 16, 'font-weight': 600 }),
    ...axes(options, x, y, width, height),
    element('clipPath', { id: 'frame' }, element('rect', frame)),
    element(
      'g',
      { 'clip-path': 'url(#frame)' },
      ...series.map((one, i) => marks(one, colors[i] ?? '', x, y)),
    ),
    element('rect', { ...frame, fill: 'none', stroke: '#999' }),
    ...legend(entries, options.legend ?? 'top right', right, bottom),
  )
}
