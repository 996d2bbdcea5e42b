// `npm run models [-- NAME… | all] [options]`: runs examples, keeps their results in docs/models.json and writes
// docs/models.md from all that is kept there. Options after `--` go to the examples.
//   --device wasm|webgpu   where to compute; default wasm
//   --seeds 0,1,2          a run for each; default 0
//   --steps N              only so many steps: shows that it runs, the figures do not count
//   --data DIR             real data in place of what comes along
// Without names only the page is written.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isSameRun, modelsPage, type ModelRun } from './modelsPage.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const docs = join(root, 'docs')
const recordsFile = join(docs, 'models.json')
const imagesFolder = join(docs, 'images')
/** Pictures are part of the repository: few and small. */
const picturesOfExample = 3
const mostBytes = 120_000

const names = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'wasm' },
    seeds: { type: 'string', default: '0' },
    steps: { type: 'string' },
    data: { type: 'string' },
  },
})

const readRecords = (): ModelRun[] =>
  existsSync(recordsFile) ? (JSON.parse(readFileSync(recordsFile, 'utf8')) as ModelRun[]) : []

/** Runs one example to its end; null where it failed. */
function run(name: string, seed: string): ModelRun | null {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-models-'))
  const json = join(folder, 'result.json')
  const { device, steps, data } = values
  const options = ['--device', device, '--seed', seed, '--out', join(folder, 'out'), '--json', json]
  if (steps !== undefined) options.push('--steps', steps)
  if (data !== undefined) options.push('--data', data)
  const launcher = ['--import', 'tsx', join(root, 'scripts', 'example.ts'), name, ...options]
  const { status } = spawnSync(process.execPath, launcher, { cwd: root, stdio: 'inherit' })
  if (status !== 0 || !existsSync(json)) return null
  const result = JSON.parse(readFileSync(json, 'utf8')) as Omit<ModelRun, 'limit' | 'processor'>
  const isShown = steps === undefined && data === undefined && device === 'wasm' && seed === '0'
  const pictures = isShown ? keepPictures(name, result.pictures) : []
  rmSync(folder, { recursive: true })
  return {
    ...result,
    data: data === undefined ? null : basename(data),
    pictures,
    limit: steps === undefined ? null : Number(steps),
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} threads`,
  }
}

/** Copies the first pictures of an example to docs/images in place of those that it had there. */
function keepPictures(name: string, pictures: ModelRun['pictures']): ModelRun['pictures'] {
  mkdirSync(imagesFolder, { recursive: true })
  const before = readdirSync(imagesFolder).filter((file) => file.startsWith(`${name}-`))
  for (const file of before) rmSync(join(imagesFolder, file))
  return pictures
    .filter(({ file }) => readFileSync(file).length <= mostBytes)
    .slice(0, picturesOfExample)
    .map(({ file, caption }) => {
      const copy = `${name}-${basename(file, extname(file))}${extname(file)}`
      cpSync(file, join(imagesFolder, copy))
      return { file: `images/${copy}`, caption }
    })
}

const unknown = positionals.filter((name) => name !== 'all' && !names.includes(name))
if (unknown.length > 0) {
  console.error(`No example ${unknown.join(', ')}; there are: all, ${names.join(', ')}`)
  process.exit(2)
}

mkdirSync(docs, { recursive: true })
const failed: string[] = []
for (const name of positionals.includes('all') ? names : positionals) {
  for (const seed of values.seeds.split(',')) {
    const done = run(name, seed)
    if (done === null) {
      failed.push(`${name} with seed ${seed}`)
      continue
    }
    const others = readRecords().filter((record) => !isSameRun(record, done))
    writeFileSync(recordsFile, `${JSON.stringify([...others, done], null, 2)}\n`)
  }
}
writeFileSync(
  join(docs, 'models.md'),
  modelsPage(readRecords().filter(({ example }) => names.includes(example))),
)
for (const one of failed) console.error(`failed: ${one}`)
process.exit(failed.length === 0 ? 0 : 1)
