import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

interface Result {
  readonly silent: number
  readonly refusals: readonly string[]
  readonly results: Readonly<
    Record<
      string,
      {
        readonly lines: number
        readonly losses: readonly number[]
        readonly accuracy: number
        readonly weights: readonly number[]
        readonly resumedHistory: readonly number[]
      }
    >
  >
}

test('a page trains with fit on both devices, and resumes from bytes', async () => {
  const { silent, refusals, results } = (await runInBrowser(
    'tests/browser/pages/training.ts',
  )) as unknown as Result
  expect(silent).toBe(0)
  for (const message of refusals)
    expect(message).toMatch(/^train\.\w+: there are no files here, it needs Node/)
  expect(Object.keys(results)).toEqual(['wasm float32', 'webgpu float32', 'webgpu float16'])
  const reference = results['wasm float32']
  for (const [name, { lines, losses, accuracy, weights, resumedHistory }] of Object.entries(results)) {
    expect(lines, name).toBe(12)
    expect(losses, name).toHaveLength(12)
    expect(losses.at(-1), name).toBeLessThan((losses[0] ?? 0) / 2)
    expect(accuracy, name).toBeGreaterThan(0.8)
    expect(weights.every(Number.isFinite), name).toBe(true)
    expect(resumedHistory, name).toEqual(losses)
    const digits = name.endsWith('float16') ? 1 : 3
    losses.forEach((loss, i) =>
      expect(loss, `${name}, epoch ${i}`).toBeCloseTo(reference?.losses[i] ?? NaN, digits),
    )
  }
})
