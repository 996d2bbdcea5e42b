import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cotangent-launch-'))
afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, text: string): string[] {
  writeFileSync(join(folder, name), text)
  return ['--import', 'tsx', 'scripts/run.ts', join(folder, name)]
}

test('passes arguments, output and exit status through', () => {
  const words = program('status.ts', `console.log(process.argv.slice(2).join()); process.exit(7 as number)`)
  const { stdout, status } = spawnSync(process.execPath, [...words, '--a', 'b'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect([stdout, status]).toEqual(['--a,b\n', 7])
})

test('hands a signal on to the program', async () => {
  const words = program(
    'signal.ts',
    `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')`,
  )
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([9, null])
})

test('a program that a signal ended gives 128 and its number', () => {
  const words = program('killed.ts', `process.kill(process.pid, 'SIGKILL')`)
  expect(spawnSync(process.execPath, words, { cwd: root }).status).toBe(137)
})

test('a wrong example name is a one-line error with status 2', () => {
  const words = ['--import', 'tsx', 'scripts/example.ts', 'nothing']
  const { stderr, status } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
  expect([stderr.split('\n').length, status]).toEqual([2, 2])
})
