// Runs the code that the documentation shows, and checks its types as a user's compiler would.

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test, vi } from 'vitest'
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

/** Whether a program changes what others share: devices, and classes of trees. */
const hasEffects = (code: string): boolean =>
  /(?<![.\w])(init|defaultDevice|devicePut\w*)\(|registerClass\(/.test(code)

test('there is something to run', () => expect(programs.length).toBeGreaterThan(0))

// Each snippet starts as a new program does: no device chosen, none acquired.
test.each(programs)('$name', async ({ file, code }) => {
  if (hasEffects(code)) vi.resetModules()
  await expect(import(file)).resolves.toBeDefined()
  if (hasEffects(code)) vi.resetModules()
})

test('the snippets have the types they claim', () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
})
