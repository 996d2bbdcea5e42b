/**
 * progress: one line about where a run is, redrawn in a terminal, printed now and then elsewhere.
 */

import type { Callback, EpochRecord, Position, ProgressEvent, Scores } from './callback.js'

/** Where lines go; in a terminal (`isLive`) a line is drawn over the last one. */
export interface LineWriter {
  write(text: string): void
  /** Whether `\r` goes back to the start of the line. */
  readonly isLive: boolean
}

export interface ProgressOptions {
  /** Where lines go: a function gets whole lines. Default standard error in Node, and nothing in a page. */
  readonly writer?: LineWriter | ((line: string) => void)
  /** Whole lines are printed at most so often; default 5 seconds. */
  readonly secondsBetween?: number
}

/** Standard error, so that what a program prints stays its own. */
function standardError(): LineWriter | null {
  const stream = typeof process === 'undefined' ? undefined : process.stderr
  if (typeof stream?.write !== 'function') return null
  return { write: (text) => void stream.write(text), isLive: stream.isTTY }
}

/**
 * Shows on one line epoch, step, loss, metrics, steps per second and the time left, a few times a second; the line of
 * a finished epoch stays. Where the line cannot be redrawn (a file, a log), plain lines are printed now and then.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train } from 'cotangent'
 * const lines: string[] = []
 * await train.fit({
 *   data: data.fromArrays(np.ones([8])),
 *   state: np.array(0),
 *   step: (count, x) => [count.add(1), { loss: x.mean() }],
 *   epochs: 2,
 *   callbacks: [train.progress({ writer: (line) => lines.push(line) })],
 * })
 * console.log(lines.length) // 2
 * ```
 */
export function progress({ writer, secondsBetween = 5 }: ProgressOptions = {}): Callback {
  const out = typeof writer === 'function' ? lineWriter(writer) : (writer ?? standardError())
  if (out === null) return {}
  let printed = performance.now()
  return {
    onProgress(event) {
      if (out.isLive) return out.write(`\r${describeProgress(event)}\u001b[K`)
      if (performance.now() - printed < secondsBetween * 1000) return
      printed = performance.now()
      out.write(`${describeProgress(event)}\n`)
    },
    onEpochEnd({ record, ...position }) {
      printed = performance.now()
      out.write(
        `${out.isLive ? '\r' : ''}${describeEpoch(record, position)}${out.isLive ? '\u001b[K' : ''}\n`,
      )
    },
    onEnd({ stopped, epoch, step }) {
      if (stopped !== null)
        out.write(`${out.isLive ? '\r' : ''}stopped in epoch ${epoch}, step ${step}: ${stopped}\n`)
    },
  }
}

const lineWriter = (print: (line: string) => void): LineWriter => ({
  write: (text) => print(text.replace(/\n$/, '')),
  isLive: false,
})

const digits = (x: number): string =>
  Number.isFinite(x) && x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5)
    ? x.toExponential(2)
    : x.toFixed(4)

const show = (scores: Scores, prefix = ''): string[] =>
  Object.entries(scores).map(([name, value]) => `${prefix}${name} ${digits(value)}`)

const rate = (stepsPerSecond: number): string =>
  `${stepsPerSecond >= 10 ? stepsPerSecond.toFixed(0) : stepsPerSecond.toPrecision(2)} steps/s`

const head = ({ epoch, epochs }: Position): string => `epoch ${epoch}/${epochs}`

function describeProgress(event: ProgressEvent): string {
  const { batch, batches, training, stepsPerSecond, secondsLeft } = event
  const step = `step ${batch}${batches === null ? '' : `/${batches}`}`
  const left = secondsLeft === null ? [] : [`${describeSeconds(secondsLeft)} left`]
  return [head(event), step, ...show(training), rate(stepsPerSecond), ...left].join('  ')
}

function describeEpoch({ training, validation, seconds }: EpochRecord, position: Position): string {
  const { batch } = position
  const numbers = [...show(training), ...show(validation ?? {}, 'validation ')]
  return [head(position), ...numbers, rate(batch / Math.max(seconds, 1e-9)), describeSeconds(seconds)].join(
    '  ',
  )
}

/** 75 is `1:15`, 5 is `5 s`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`
  const whole = Math.round(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
