/**
 * Arrays small enough to send: all numbers of a small one; of a large one, for each of many blocks of neighbours,
 * the first number, the smallest, the largest and the mean.
 */

export interface Summary {
  readonly size: number
  readonly values: readonly number[]
}

const smallSize = 4096
const blocks = 1024

/** NaN and infinities are sent as a number that agrees with nothing: JSON has neither. */
const broken = 1e300
const sendable = (x: number): number => (Number.isFinite(x) ? x : broken)

function blockOf(data: ArrayLike<number>, start: number, end: number): number[] {
  let [min, max, sum] = [Infinity, -Infinity, 0]
  for (let i = start; i < end; i++) {
    const x = data[i] ?? NaN
    if (!(x >= min)) min = x
    if (!(x <= max)) max = x
    sum += x
  }
  return [data[start] ?? NaN, min, max, sum / (end - start)]
}

export function summarize(data: ArrayLike<number>): Summary {
  const size = data.length
  if (size <= smallSize) return { size, values: Array.from(data, sendable) }
  const values = Array.from({ length: blocks }, (_, i) =>
    blockOf(data, Math.floor((i * size) / blocks), Math.floor(((i + 1) * size) / blocks)),
  )
  return { size, values: values.flat().map(sendable) }
}

/** Where two summaries are further apart than `tolerance` times the largest number; null where they are not. */
export function difference(a: Summary, b: Summary, tolerance: number): string | null {
  if (a.size !== b.size || a.values.length !== b.values.length)
    return `${b.size} numbers instead of ${a.size}`
  const scale = a.values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  const at = a.values.findIndex((v, i) => {
    const w = b.values[i] ?? NaN
    return v === broken || w === broken || !(Math.abs(v - w) <= tolerance * scale)
  })
  if (at < 0) return null
  const show = (v: number | undefined): string => (v === broken ? 'not finite' : String(v))
  return `${show(b.values[at])} instead of ${show(a.values[at])}, where the largest is ${scale.toPrecision(3)}`
}
