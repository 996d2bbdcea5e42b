import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

test('headless Chromium computes on WebGPU and has shared memory', async () => {
  expect(await runInBrowser('tests/browser/pages/environment.ts')).toEqual({
    computed: [0.5, 1.5, 2.5, 3.5],
    crossOriginIsolated: true,
    sharedMemory: 8,
  })
}, 60_000)
