// A writer that is killed leaves the old file or the new one, whole.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { E } from '../../../src/core/fp.js'
import { decodeSafetensors, saveSafetensors } from '../../../src/io/safetensors.js'
import { isLong } from '../../support/damage.js'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-atomic-'))
afterAll(() => rmSync(folder, { recursive: true }))
const target = join(folder, 'state')
const module = fileURLToPath(new URL('../../../src/io/safetensors.ts', import.meta.url))

// Megabytes of one number each, so that a mixture of two files would show.
const program = `
  import { saveSafetensors } from ${JSON.stringify(module)}
  for (let i = 1; ; i++) {
    const x = { data: new Float32Array(1 << 20).fill(i), shape: [1 << 20], dtype: 'float32' }
    const result = await saveSafetensors(${JSON.stringify(target)}, { x }, { metadata: { i: String(i) } })()
    if (result._tag === 'Left') throw result.left
    if (i === 1) console.log('ready')
  }`

it('is killed at random moments', { timeout: 600_000 }, async () => {
  writeFileSync(join(folder, 'writer.mts'), program)
  for (let round = 0; round < (isLong ? 40 : 2); round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', join(folder, 'writer.mts')], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 300 * Math.random()))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const decoded = decodeSafetensors(readFileSync(target))
    const { tensors, metadata } = E.isRight(decoded)
      ? decoded.right
      : expect.unreachable(decoded.left.message)
    const x = tensors['x']!
    expect([x.shape, x.data.every((value: number) => value === Number(metadata['i']))]).toEqual([
      [1 << 20],
      true,
    ])
  }
  const x = { data: Uint8Array.of(1), shape: [1], dtype: 'uint8' as const }
  expect(E.isRight(await saveSafetensors(target, { x })())).toBe(true)
  expect(readdirSync(folder).sort()).toEqual(['state', 'writer.mts'])
})

it('files written at the same time do not disturb each other', async () => {
  const path = join(folder, 'shared')
  const writes = Array.from({ length: 8 }, (_, i) => {
    const x = { data: new Uint8Array(1000).fill(i), shape: [1000], dtype: 'uint8' as const }
    return saveSafetensors(path, { x })()
  })
  expect((await Promise.all(writes)).every(E.isRight)).toBe(true)
  expect(E.isRight(decodeSafetensors(readFileSync(path)))).toBe(true)
})
