import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

interface Result {
  readonly devices: readonly string[]
  readonly losses: Readonly<Record<string, readonly number[]>>
}

test('a page trains the same network on every device', async () => {
  const { devices, losses } = (await runInBrowser('tests/browser/pages/library.ts')) as unknown as Result
  expect([...devices].sort()).toEqual(['reference', 'wasm', 'webgpu'])

  const reference = losses['reference'] ?? []
  expect(reference).toHaveLength(20)
  expect(reference.at(-1)).toBeLessThan((reference[0] ?? 0) / 2)
  for (const device of ['wasm', 'webgpu']) {
    losses[device]?.forEach((loss, i) =>
      expect(loss, `${device}, step ${i}`).toBeCloseTo(reference[i] ?? NaN, 4),
    )
    expect(losses[device]).toHaveLength(20)
  }
})
