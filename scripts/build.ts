// Builds dist/ from src/: JavaScript by esbuild (one bundle an entry, shared code in chunks), types by tsc.
// The entries are those that package.json exports. Splitting puts src/install.ts, which every entry imports,
// into the chunk that holds the code it installs: no bundler can drop it while any of that code is used, which
// makes `"sideEffects": false` true.

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { keepInstall } from './install.js'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

/** The source files of the public entries, for example `src/nn/index.ts`. */
export function entryPoints(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  return Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')],
  )
}

/**
 * Leaves the namespaces of the main entry to the entries that they are: bundled, each would become an object that holds
 * all its functions, and no bundler of users could drop those that are not used.
 */
const namespaces: Plugin = {
  name: 'namespaces',
  setup({ onResolve }) {
    const entries = entryPoints().map((file) => file.replace('src', '.').replace(/\.ts$/, '.js'))
    onResolve({ filter: /^\.\/.+\/index\.js$/ }, ({ path, importer }) =>
      relative(root, importer) === join('src', 'index.ts') && entries.includes(path)
        ? { path, external: true, sideEffects: false }
        : null,
    )
  },
}

/** Writes the package's JavaScript and declarations to `outdir`, which is emptied first. */
export async function buildPackage(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: entryPoints(),
    outbase: 'src',
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    sourcemap: true,
    external: ['fast-check', 'fast-png', 'fflate', 'fp-ts', 'papaparse', 'webgpu', 'node:*'],
    plugins: [keepInstall, namespaces],
    logLevel: 'warning',
  })
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const { status } = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', join(outdir, 'types')],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  if (status !== 0) throw new Error('tsc could not emit the declarations')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage(join(root, 'dist'))
