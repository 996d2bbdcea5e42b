import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { collectSnippets, shows, withChecks } from '../../support/snippets.js'

const root = mkdtempSync(join(tmpdir(), 'cotangent-snippets-'))
afterAll(() => rmSync(root, { recursive: true }))

test('collects blocks of guides and docstrings, and joins a block that imports nothing to the one before', () => {
  mkdirSync(join(root, 'src'))
  writeFileSync(
    join(root, 'README.md'),
    '# T\n```ts\nimport a\n1\n```\ntext\n```ts\n2\n```\n```sh\nno\n```\n',
  )
  writeFileSync(join(root, 'ARCHITECTURE.md'), '```ts\nno\n```\n```ts run\n3\n```\n')
  writeFileSync(
    join(root, 'src', 'a.ts'),
    '/**\n * @example\n * ```ts\n * 4\n *   5\n * ```\n */\nexport {}\n',
  )
  expect(collectSnippets(root)).toEqual([
    { name: 'ARCHITECTURE.md:4', code: '3\n' },
    { name: 'README.md:2', code: 'import a\n1\n\n2\n' },
    { name: 'src/a.ts:3', code: '4\n  5\n' },
  ])
})

test('takes the text block right after a program for what its last statement logs', async () => {
  writeFileSync(join(root, 'ARCHITECTURE.md'), '')
  writeFileSync(
    join(root, 'README.md'),
    '```ts\nimport a\nconsole.log(x)\n```\n\n```text\n{ b c\n  2 }\n```\n\n```ts\n1\n```\n\nprose\n\n```text\nfree\n```\n',
  )
  const [snippet] = collectSnippets(root)
  expect(snippet?.code).toBe('import a\nconsole.log(x) /*\n{ b c\n  2 }\n*/\n\n1\n')
  const code = `console.log(x) /*\n{ b c\n  2 }\n*/\n`
  expect(withChecks({ name: 'n', code }, 's')).toContain('shows(async () => [x], "{ b c\\n  2 }")')
  await shows(() => Promise.resolve(['{ b\nc 2 }']), '{ b c\n  2 }')
  await expect(shows(() => Promise.resolve(['{ b d 2 }']), '{ b c\n  2 }')).rejects.toThrow('says')
})

test('checks the lines that show a value', () => {
  const code = `f(1) // [1, 2]\nconsole.log(x, 4) // 3 4\ng() // prose\nconst y = 1 // 2\n`
  expect(withChecks({ name: 'n', code }, 's').split('\n')).toEqual([
    `import { shows } from 's'`,
    `await shows(async () => [f(1)], "[1, 2]") // [1, 2]`,
    `await shows(async () => [x, 4], "3 4") // 3 4`,
    'g() // prose',
    'const y = 1 // 2',
    '',
  ])
})

test.each([
  [[1, 2], '[1, 2]'],
  [new Float32Array([1, 0.5]), '[1, 0.5]'],
  [{ jsAsync: () => Promise.resolve([0.841470956]) }, '[0.84]'],
  [{ a: 1, b: 'x' }, "{ a: 1, b: 'x' }"],
  [Promise.resolve(2.0004), '≈ 2'],
  [1.99, '2.0'],
  [1.2e-7, '1e-7'],
  [[0, 0.6931], '[0, 0.693…]'],
])('%o reads as %s', (value, documented) => shows(() => Promise.resolve([value]), documented))

test.each([
  [[1, 3], '[1, 2]'],
  [0.86, '0.84'],
  [[1, 2], '[1, 2, 3]'],
  ['float32', "'int32'"],
  [2.0004, '2'],
  [2.2, '2.0'],
])('%o does not read as %s', async (value, documented) => {
  await expect(shows(() => Promise.resolve([value]), documented)).rejects.toThrow('the documentation says')
})
