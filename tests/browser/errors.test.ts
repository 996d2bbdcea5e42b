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

interface Reports {
  readonly own: Readonly<Record<string, readonly [code: string, message: string]>>
  readonly losses: readonly number[]
}

test('wrong training and damaged files in a page are typed errors with the fix, and training goes on', async () => {
  const results = (await runInBrowser('tests/browser/pages/trainingErrors.ts')) as unknown as Readonly<
    Record<string, Reports>
  >
  const expected: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
    epochs: ['argument', /^train.fit: epochs must be a whole number >= 1, got 0\.$/],
    loss: [
      'shape',
      /^train.fit: the loss that loss gives must be a scalar, got shape \[8, 1\].*np.mean\(loss\)/,
    ],
    batch: [
      'argument',
      /^train.fit: batchSize must be at most the 24 rows.*got 25\. Take smaller batches, or/,
    ],
    safetensors: ['data', /^io.readSafetensors: the given bytes, byte 0: expected a header of at most/],
    'safetensors of a URL': ['data', /^io.readSafetensors: a blob, byte 0: expected a header of at most/],
    npz: [
      'data',
      /^io.readNpz: the given bytes, byte 200: expected the end record of a zip archive, got none/,
    ],
    'npz of a URL': ['data', /^io.readNpz: a blob, byte 200: expected the end record of a zip archive/],
    npy: ['data', /^io.readNpy: the given bytes, byte 0: expected the magic string .*, got 31 128 225/],
    checkpoint: ['data', /^train.fit \(resume\): the given bytes, byte 0: expected a header of at most/],
  }
  expect(Object.keys(results)).toEqual(['wasm', 'webgpu'])
  for (const [device, { own, losses }] of Object.entries(results)) {
    expect(Object.keys(own), device).toEqual(Object.keys(expected))
    for (const [name, [code, message]] of Object.entries(expected)) {
      expect(own[name]?.[1], `${device}, ${name}`).toMatch(message)
      expect(own[name]?.[0], `${device}, ${name}`).toBe(code)
    }
    expect(losses, device).toHaveLength(6)
    expect(losses.at(-1), device).toBeLessThan((losses[0] ?? 0) / 10)
  }
})
