// Programs of the repository that tests start as processes of their own, again and again: bundled once a test file, they
// start in a fraction of the time that a loader of TypeScript takes for all modules of the library.
// Files from the repository's root in → the files to run out, for as long as this test file runs.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { afterAll } from 'vitest'
import { keepInstall } from '../../scripts/install.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Within the repository, so that packages are found from there. */
const cache = join(root, 'node_modules', '.cache', 'cotangent')

/** Files that stand beside a module are found from where its source stands. */
const sourceUrls: Plugin = {
  name: 'source-urls',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]examples[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }))
  },
}

/** Bundles programs, which share their chunks; gives the file to run for the name of each, without its ending. */
export async function bundlePrograms(files: readonly string[]): Promise<(name: string) => string> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'programs-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(files.map((file) => [basename(file, '.ts'), file])),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['fast-check', 'fast-png', 'fflate', 'fp-ts', 'papaparse', 'webgpu'],
    plugins: [keepInstall, sourceUrls],
    logLevel: 'error',
  })
  return (name) => join(folder, `${name}.mjs`)
}
