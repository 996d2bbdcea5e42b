import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

test('wrong input in a page is a typed error on every device', async () => {
  const expected = {
    shapes: 'shape',
    window: 'argument',
    unroll: 'argument',
    layer: 'shape',
    donated: 'disposedArray',
  }
  expect(await runInBrowser('tests/browser/pages/errors.ts')).toEqual({
    codes: { wasm: expected, webgpu: expected },
    threads: 'argument',
  })
})
