import { expect, test } from 'vitest'
import { readTar } from '../../../scripts/tar.js'

function entry(path: string, mode: string, content: string, kind = '0'): Uint8Array {
  const block = new Uint8Array(512 + Math.ceil(content.length / 512) * 512)
  const write = (text: string, at: number) => block.set(new TextEncoder().encode(text), at)
  write(path, 0)
  write(mode, 100)
  write(content.length.toString(8).padStart(11, '0'), 124)
  write(kind, 156)
  write(content, 512)
  return block
}

const archive = (...blocks: Uint8Array[]) => new Uint8Array(Buffer.concat([...blocks, new Uint8Array(1024)]))

test('gives the regular files with their modes', () => {
  const long = 'x'.repeat(700)
  const files = readTar(
    archive(
      entry('folder/', '0000755', '', '5'),
      entry('folder/a', '0000755', long),
      entry('b', '0000644', ''),
    ),
  )
  expect(files.map(({ path, mode, content }) => [path, mode, Buffer.from(content).toString()])).toEqual([
    ['folder/a', 0o755, long],
    ['b', 0o644, ''],
  ])
})

test('refuses a truncated archive', () => {
  expect(() => readTar(entry('a', '0000644', 'x'.repeat(700)).subarray(0, 1024))).toThrow('truncated')
})
