import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

interface Result {
  readonly first: number
  readonly found: readonly {
    readonly threads: number
    readonly description: string
    /** Milliseconds until the threads were there. */
    readonly boot: number
    readonly sums: readonly number[]
    readonly milliseconds: number
  }[]
  readonly text: string
  readonly isolated: boolean
}

const page = async (isolated: boolean): Promise<Result> =>
  (await runInBrowser('tests/browser/pages/threads.ts', { isolated })) as unknown as Result

test('the main thread of an isolated page computes together with a worker', async () => {
  const { first, found, text, isolated } = await page(true)
  expect([isolated, text]).toEqual([true, 'ABC'])
  const [one, two] = found
  expect(one?.description).toMatch(/^WebAssembly SIMD.*, 1 thread$/)
  expect(two?.description).toMatch(/^WebAssembly SIMD.*, 2 threads$/)
  // Else init gave up waiting for the worker.
  expect(two?.boot).toBeLessThan(4500)
  for (const sum of found.flatMap(({ sums }) => sums)) expect(sum).toBe(first)
})

test('other pages have one thread, and say why', async () => {
  const { first, found, text, isolated } = await page(false)
  expect([isolated, text]).toEqual([false, 'ABC'])
  for (const { description, sums } of found) {
    expect(description).toMatch(
      /, 1 thread \(SharedArrayBuffer is not available: the page is not cross-origin isolated\)$/,
    )
    expect(new Set(sums)).toEqual(new Set([first]))
  }
})
