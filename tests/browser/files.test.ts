import { expect, test } from 'vitest'
import { runInBrowser } from '../support/browser.js'

test('a page reads and writes files', async () => {
  expect(await runInBrowser('tests/browser/pages/files.ts')).toEqual({
    names: ['w', 'h'],
    metadata: { a: 'b' },
    w: [1.5, -2],
    npz: [0.25],
    pixels: [0, 51, 255],
    text: ['x, y'],
    failure: expect.stringContaining('expected Node, which has files, got another environment') as string,
    batches: [[0, 1], [2]],
  })
})
