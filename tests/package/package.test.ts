// The package as users get it: packed, unpacked into an empty project, imported one entry at a time, as it is and
// through two bundlers that drop unused modules. `"sideEffects": false` must be true: each program below needs what
// src/install.ts installs, although it imports a single entry.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { rollup, type Plugin } from 'rollup'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage, entryPoints } from '../../scripts/build.js'
import { readTar } from '../../scripts/tar.js'
import { programs } from './programs.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'cotangent-package-'))
/** The entries that a second bundler, which is slow, takes as well. */
const rolledUp = ['.', 'nn', 'random']
/** Libraries for formats of files, loaded when the first file of theirs is read. */
const formats = ['fast-png', 'fflate', 'papaparse']
const installed = join(project, 'node_modules', 'cotangent')

beforeAll(async () => {
  await buildPackage(join(root, 'dist'))
  const npm = spawnSync('npm', ['pack', '--silent', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) throw new Error(npm.stderr)
  for (const file of readTar(gunzipSync(readFileSync(join(project, npm.stdout.trim()))))) {
    const path = join(installed, file.path.replace(/^package\//, ''))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, file.content)
  }
  for (const name of ['fp-ts', ...formats, 'iobuffer']) link(name)
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

function link(name: string): void {
  symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'junction')
}

function output(file: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    cwd: project,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

test('there is a program for every entry', () => {
  const entries = entryPoints().map((file) => file.replace(/^src\//, '').replace(/\/?index\.ts$/, ''))
  expect(Object.keys(programs).sort()).toEqual(entries.map((name) => (name === '' ? '.' : name)).sort())
})

test.each(Object.entries(programs))('%s works by itself', async (name, { code, prints, needs }) => {
  if (needs !== undefined) link(needs)
  const file = join(project, `${name === '.' ? 'main' : name.replace('/', '-')}.js`)
  writeFileSync(file, code)
  expect(output(file), 'as it is').toEqual(prints)

  const outfile = file.replace('.js', '.esbuild.mjs')
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    minify: true,
    external: ['webgpu'],
  })
  expect(output(outfile), 'bundled by esbuild').toEqual(prints)

  if (!rolledUp.includes(name)) return
  const bundle = await rollup({
    input: file,
    external: /^(node:|(webgpu|fast-check|fast-png|fflate|papaparse)$|fp-ts\/)/,
    plugins: [nodeModules()],
  })
  const rolled = file.replace('.js', '.rollup.mjs')
  await bundle.write({ file: rolled, format: 'es', inlineDynamicImports: true })
  expect(output(rolled), 'bundled by rollup').toEqual(prints)
})

/** Finds the package and tells rollup what its package.json says about side effects. */
function nodeModules(): Plugin {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly sideEffects: boolean
  }
  const require = createRequire(join(project, 'package.json'))
  return {
    name: 'node-modules',
    async resolveId(id, importer) {
      if (id.startsWith('cotangent'))
        return { id: require.resolve(id), moduleSideEffects: manifest.sideEffects }
      const resolved = await this.resolve(id, importer, { skipSelf: true })
      const own = resolved?.id.startsWith(installed) === true
      return own ? { ...resolved, moduleSideEffects: manifest.sideEffects } : resolved
    },
  }
}

test('the peer webgpu is found where it is installed, and the process ends by itself', () => {
  link('webgpu')
  const file = join(project, 'peer.js')
  writeFileSync(
    file,
    `import { defaultDevice, init, jit, numpy as np } from 'cotangent'
     await init('webgpu')
     defaultDevice('webgpu')
     console.log(JSON.stringify(await jit((x) => x.mul(2))(np.array([1, 2])).jsAsync()))`,
  )
  expect(output(file)).toEqual([2, 4])
})

test('worker threads start from the package as it is and from a bundle, and the process ends by itself', async () => {
  const file = join(project, 'threads.js')
  writeFileSync(
    file,
    `import { devices, init, numpy as np } from 'cotangent'
     await init('wasm', { threads: 2 })
     console.log(JSON.stringify([/2 threads$/.test(devices()[0].description), np.ones([1e6]).add(1).sum().item()]))`,
  )
  expect(output(file)).toEqual([true, 2e6])
  const outfile = file.replace('.js', '.bundle.cjs')
  // CommonJS, as many tools for Node make it, has no await outside functions.
  const wrapped = readFileSync(file, 'utf8').replace(
    /await init[^]*/,
    (body) => `(async () => { ${body} })()`,
  )
  const stdin = { contents: wrapped, resolveDir: project }
  await build({
    stdin,
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    minify: true,
    external: ['webgpu'],
  })
  expect(output(outfile)).toEqual([true, 2e6])
})

test.each([
  ['arrays', `import { numpy as np } from 'cotangent'; console.log(np.ones([2]).js())`, []],
  ['batches', `import { batches } from 'cotangent/data'; console.log(batches)`, []],
  ['safetensors', `import { readSafetensors } from 'cotangent/io'; console.log(readSafetensors)`, []],
  ['images', `import { readPng } from 'cotangent/data'; console.log(readPng)`, ['fast-png', 'fflate']],
])('a bundle of %s has no libraries for other files', async (_, contents, expected) => {
  const { metafile } = await build({
    stdin: { contents, resolveDir: project },
    outfile: join(project, 'formats.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['webgpu'],
    metafile: true,
    logLevel: 'error',
  })
  const [inputs] = Object.values(metafile.outputs).map((output) => output.inputs)
  const used = Object.entries(inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  )
  expect(formats.filter((name) => used.some((file) => file.includes(`node_modules/${name}/`)))).toEqual(
    expected,
  )
})

test('its types compile without our settings', () => {
  const imports = Object.keys(programs).map(
    (name, i) => `export * as m${i} from 'cotangent${name === '.' ? '' : `/${name}`}'`,
  )
  writeFileSync(join(project, 'types.ts'), imports.join('\n'))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ]
  const { stdout } = spawnSync(process.execPath, [tsc, ...flags, '--types', '', 'types.ts'], {
    cwd: project,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
})
