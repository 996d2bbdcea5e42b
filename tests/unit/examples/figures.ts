// Whole runs of examples. In short they run for a few steps, to the end and with their pictures; in long mode with all
// their steps, and reach their figures.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runExample, type Ended } from './program.js'

export interface Row {
  readonly example: string
  /** Options of the shortened run. */
  readonly short: readonly string[]
  /** Options of the run that reaches the figures; default none. */
  readonly long?: readonly string[]
  /** The figures that something is required of, in order. */
  readonly figures: readonly string[]
  /** What else must be true, of both runs. */
  readonly check?: (ended: Ended) => void
}

export const isLong = process.env['COTANGENT_LONG'] === '1'

/** The tests of some examples. */
export function describeExamples(rows: readonly Row[]): void {
  describe.each(rows)('$example', ({ example, short, long = [], figures, check }) => {
    it(isLong ? 'reaches its figures' : 'runs to its end', { timeout: isLong ? 1_000_000 : 120_000 }, () => {
      const ended = runExample(example, ...(isLong ? long : short))
      const { status, errors, result } = ended
      expect(status, errors).toBe(0)
      const judged = result?.figures.filter(({ met }) => met !== null) ?? []
      expect(judged.map(({ name }) => name)).toEqual(figures)
      for (const { value } of judged) expect(value).toBeTypeOf('number')
      if (isLong)
        for (const { name, text, required, met } of judged)
          expect(met, `${name}: ${text}, ${required}`).toBe(true)
      const pictures = result?.pictures ?? []
      expect(pictures.length).toBeGreaterThan(0)
      for (const { file } of pictures) {
        const start = readFileSync(file).subarray(0, 4).toString('latin1')
        expect(start).toBe(file.endsWith('.svg') ? '<svg' : '\x89PNG')
      }
      check?.(ended)
    })
  })
}
