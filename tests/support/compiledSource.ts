// The library as tests load it: src/ compiled once a run, module for module, and loaded by Node itself. Sent through
// vite, its hundreds of modules take each file of tests, which is a process, a second, and vite some more.
// In watch mode, where sources change, vite serves them.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Plugin } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = join(root, 'src')
/** Within the repository, so that packages are found from there; vitest leaves what is in node_modules to Node. */
const cache = join(root, 'node_modules', '.cache', 'cotangent')

let compiled: Promise<string> | undefined

/** The folder of the compiled modules, which is removed when the process ends. */
const compiledFolder = (): Promise<string> => (compiled ??= compile())

async function compile(): Promise<string> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'source-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  // The library tells its own lines from those of its users by the names of folders.
  const outdir = join(folder, 'src')
  await build({
    entryPoints: readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(source, file)),
    outbase: source,
    outdir,
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'error',
  })
  return outdir
}

/** Resolves modules of src/ to their compiled forms. */
export function compiledSource(): Plugin {
  let isWatching = false
  return {
    name: 'compiled-source',
    enforce: 'pre',
    configureVitest({ vitest }) {
      isWatching = vitest.config.watch
    },
    async resolveId(id, importer) {
      if (isWatching || !/\.[jt]s$/.test(id)) return null
      const path = resolve(importer === undefined ? root : dirname(importer), id)
      if (!path.startsWith(source + sep) || !existsSync(path.replace(/\.js$/, '.ts'))) return null
      return join(await compiledFolder(), relative(source, path).replace(/\.ts$/, '.js'))
    },
  }
}
