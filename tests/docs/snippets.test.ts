// Runs the code that the documentation shows, and checks its types as a user's compiler would.

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { collectSnippets, withChecks } from '../support/snippets.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'tests', 'docs', '.snippets')
const programs = collectSnippets(root).map((snippet, i) => ({
  ...snippet,
  file: join(folder, `${String(i).padStart(3, '0')}-${snippet.name.replace(/\W+/g, '-')}.ts`),
}))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const program of programs) writeFileSync(program.file, withChecks(program, '../../support/snippets.js'))
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, erasableSyntaxOnly: false },
    include: ['*.ts'],
  }),
)

// What a snippet logs is checked where the documentation says what it logs, and is noise otherwise.
beforeAll(() => void vi.spyOn(console, 'log').mockReturnValue())
// Each snippet starts as a new program does: no device chosen, none acquired.
beforeEach(() => void vi.resetModules())

test('there is something to run', () => expect(programs.length).toBeGreaterThan(0))

test.each(programs)('$name', async ({ file }) => {
  await expect(import(file)).resolves.toBeDefined()
})

test('the snippets have the types they claim', () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
})
