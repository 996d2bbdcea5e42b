// The code in the documentation, as programs that a test can run.
// Markdown files and docstrings in → TypeScript programs out, in which `expression // value` lines are checked.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { parseSync } from 'oxc-parser'
import { expect } from 'vitest'

export interface Snippet {
  /** Where it stands: file and line of its first block. */
  readonly name: string
  readonly code: string
}

interface Block {
  readonly line: number
  readonly info: string
  readonly code: string
}

/**
 * Every ```ts block of README.md, docs/ and the docstrings of src/, and every ```ts run block of the other guides.
 * In a guide, a block that imports nothing goes on with the block before it, as a reader would read it.
 */
export function collectSnippets(root: string): Snippet[] {
  const list = (folder: string, ending: string, recursive = true): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
          .filter((file) => file.endsWith(ending))
          .sort()
          .map((file) => join(folder, file))
      : []
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')

  const guides = [...list('.', '.md', false), ...list('docs', '.md')]
  const runsAll = (file: string): boolean => file === 'README.md' || file.startsWith('docs/')
  return [
    ...guides.flatMap((file) => {
      const wanted = runsAll(file) ? ['ts', 'ts run'] : ['ts run']
      return joined(
        file,
        blocks(read(file)).filter(({ info }) => wanted.includes(info)),
      )
    }),
    ...list('src', '.ts').flatMap((file) =>
      blocks(withoutCommentStars(read(file)))
        .filter(({ info }) => info === 'ts')
        .map(({ line, code }) => ({ name: `${file}:${line}`, code })),
    ),
  ]
}

/** A ```text block right after a program is what its last statement logs: it becomes the comment of that statement. */
function blocks(text: string): Block[] {
  const fence = /^```(ts(?: run)?)\n([\s\S]*?)^```$(?:\n+```text\n([\s\S]*?)^```$)?/gm
  return [...text.matchAll(fence)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    info: match[1] ?? '',
    code: match[3] === undefined ? (match[2] ?? '') : `${(match[2] ?? '').trimEnd()} /*\n${match[3]}*/\n`,
  }))
}

/** The docstrings' lines without their ` * `, at their place; all other lines empty. */
function withoutCommentStars(text: string): string {
  return text
    .split('\n')
    .map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? '')
    .join('\n')
}

function joined(file: string, parts: readonly Block[]): Snippet[] {
  const programs: Snippet[] = []
  for (const { line, code } of parts) {
    const last = programs.at(-1)
    if (last !== undefined && !/^import /m.test(code)) {
      programs[programs.length - 1] = { name: last.name, code: `${last.code}\n${code}` }
    } else programs.push({ name: `${file}:${line}`, code })
  }
  return programs
}

/**
 * The program with each `expression // value` line turned into a check of that value. A comment that does not
 * start like a value is prose and checks nothing; `console.log(x) // value` checks what is logged.
 */
export function withChecks({ name, code }: Snippet, support: string): string {
  const { program, comments, errors } = parseSync('snippet.ts', code)
  if (errors.length > 0) throw new Error(`${name}: ${errors.map(({ message }) => message).join('; ')}`)
  let checked = code
  for (const statement of program.body.toReversed()) {
    if (statement.type !== 'ExpressionStatement') continue
    const comment = comments.find(
      ({ start }) => /^[;\s]*$/.test(code.slice(statement.end, start)) && start >= statement.end,
    )
    const sameLine = comment !== undefined && !code.slice(statement.end, comment.start).includes('\n')
    if (!sameLine || !looksLikeValue(comment.value)) continue
    const { expression } = statement
    const source = code.slice(expression.start, expression.end).replace(/^console\.log\(([\s\S]*)\)$/, '$1')
    const check = `await shows(async () => [${source}], ${JSON.stringify(comment.value.trim())})`
    checked = checked.slice(0, statement.start) + check + checked.slice(statement.end)
  }
  return `import { shows } from '${support}'\n${checked}`
}

function looksLikeValue(comment: string): boolean {
  return /^\s*(≈\s*)?([-\d.[{'"`]|true\b|false\b|null\b|undefined\b|NaN\b|Infinity\b)/.test(comment)
}

/** Fails unless the values read as the documentation says: equal text, numbers equal to the digits written. */
export async function shows(compute: () => Promise<readonly unknown[]>, documented: string): Promise<void> {
  const values = await Promise.all((await compute()).map(async (value) => plain(await value)))
  const logged = (value: unknown): string =>
    typeof value === 'string' ? value : inspect(value, { depth: Infinity, breakLength: Infinity })
  const text = values.map(logged).join(' ')
  const [actual, expected] = [readable(text), readable(documented)]
  const message = `the documentation says ${documented}, the value is ${text}`
  expect(actual.words, message).toEqual(expected.words)
  for (const [i, text] of expected.numbers.entries()) {
    const [mantissa = '', exponent = '0'] = text.split('e')
    const lastDigit = 10 ** (Number(exponent) - (mantissa.split('.')[1] ?? '').length)
    const exact = /^-?\d+$/.test(text) && !documented.startsWith('≈')
    expect(Math.abs(Number(actual.numbers[i]) - Number(text)), message).toBeLessThanOrEqual(
      exact ? 1e-6 : lastDigit,
    )
  }
}

interface Readable {
  readonly words: string
  readonly numbers: readonly string[]
}

/** Text apart from its numbers, without spaces, quotes and the … after a cut number, which do not matter. */
function readable(text: string): Readable {
  const number = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g
  const bare = text
    .replace(/^≈/, '')
    .replace(/(?<=\d)…/g, '')
    .replace(/\w*Array\(\d+\) \[/g, '[')
  return { words: bare.replace(number, '#').replace(/[\s'"`]/g, ''), numbers: bare.match(number) ?? [] }
}

/** Arrays of the library, at any depth, as the nested lists they hold. */
async function plain(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if ('jsAsync' in value && typeof value.jsAsync === 'function')
    return (value.jsAsync as () => Promise<unknown>)()
  if (Array.isArray(value)) return Promise.all(value.map(plain))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).map(async ([key, entry]) => [key, await plain(entry)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
