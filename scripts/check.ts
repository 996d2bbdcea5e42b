// `npm run check [STEP…]`: everything that must hold before a change lands, tests apart. Every step runs even
// when an earlier one failed; the output of a failed step is shown, and the last line counts the steps.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exampleViolations, readSources, violations } from './layers.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What a step found wrong, as text; empty where it found nothing. */
type Step = () => string

const STEPS: Readonly<Record<string, Step>> = {
  types: checkTypes,
  lint: () => npx('oxlint', '--type-aware', '--deny-warnings'),
  format: () => npx('oxfmt', '--check'),
  layers: () => [...violations(readSources(join(root, 'src'))), ...exampleViolations(root)].join('\n'),
  deadCode: () => npx('knip'),
  build: () => command(process.execPath, ['--import', 'tsx', 'scripts/build.ts']),
  package: checkPackage,
}

/** The benchmarks are checked where their peers are installed: they have their own package.json. */
function checkTypes(): string {
  const projects = existsSync(join(root, 'bench', 'node_modules')) ? ['.', 'bench'] : ['.']
  return projects.map((project) => npx('tsc', '--noEmit', '-p', project)).join('')
}

/** Packs what `build` made and lets publint and attw (are the types wrong?) look at the tarball. */
function checkPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-pack-'))
  try {
    const failed = command('npm', ['pack', '--silent', '--pack-destination', folder])
    if (failed !== '') return failed
    const tarball = join(folder, readdirSync(folder)[0] ?? '')
    return npx('publint', 'run', tarball, '--strict') + npx('attw', tarball, '--profile', 'esm-only')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function npx(tool: string, ...rest: string[]): string {
  return command('npx', ['--no-install', tool, ...rest])
}

function command(program: string, rest: readonly string[]): string {
  const result = spawnSync(program, rest, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return ''
  return (
    `${result.stdout}${result.stderr}${result.error?.message ?? ''}` ||
    `${program} ended with ${result.status}`
  )
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in STEPS))
if (unknown.length > 0) {
  console.error(`No step ${unknown.join(', ')}; there are: ${Object.keys(STEPS).join(', ')}`)
  process.exit(2)
}

let failed = 0
const steps = Object.entries(STEPS).filter(([name]) => chosen.length === 0 || chosen.includes(name))
for (const [name, step] of steps) {
  const start = performance.now()
  const complaint = step().trim()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${complaint === '' ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (complaint !== '') {
    failed += 1
    console.log(complaint)
  }
}
console.log(`${steps.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
