// Round numbers along an axis. An interval in → the marks that people would choose, and their labels.

export interface Scale {
  /** A value → its place in pixels. */
  readonly at: (value: number) => number
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
}

/** The round step (1, 2 or 5 times a power of ten) that gives about `count` marks on a length of `span`. */
function roundStep(span: number, count: number): number {
  const power = 10 ** Math.floor(Math.log10(span / count))
  const factor = [1, 2, 5].find((candidate) => candidate * power * count >= span) ?? 10
  return factor * power
}

function linearTicks(low: number, high: number, count: number): Scale['ticks'] {
  const step = roundStep(high - low, count)
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const value = (first + i) * step
    return { value, label: (value === 0 ? 0 : value).toFixed(decimals) }
  })
}

/** Powers of ten, with 2 and 5 times them where there are few. */
function logTicks(low: number, high: number): Scale['ticks'] {
  const decades = Math.log10(high / low)
  const factors = decades > 3 ? [1] : decades > 1 ? [1, 3] : [1, 2, 5]
  const first = Math.floor(Math.log10(low))
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => 10 ** (first + i))
    .flatMap((power) => factors.map((factor) => factor * power))
    .filter((value) => value >= low && value <= high)
    .map((value) => ({ value, label: String(Number(value.toPrecision(2))) }))
}

/** The scale of an axis from `low` to `high` that lies between the pixels `start` and `end`. */
export function scaleOf(
  [low, high]: readonly [number, number],
  [start, end]: readonly [number, number],
  options: { readonly log?: boolean; readonly count?: number } = {},
): Scale {
  const { log = false, count = 6 } = options
  const of = (value: number): number => (log ? Math.log(value) : value)
  const span = of(high) - of(low) || 1
  return {
    at: (value) => start + ((of(value) - of(low)) / span) * (end - start),
    ticks: log ? logTicks(low, high) : linearTicks(low, high, count),
  }
}
