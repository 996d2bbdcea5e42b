/**
 * Serves the page of a library: the bundled code, and the files of bench/node_modules that TensorFlow.js loads by itself.
 * With COOP and COEP headers, so that pages have shared memory and threads.
 */

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { keepInstall } from '../../scripts/install.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = join(root, 'bench', 'node_modules')
const page = '<!doctype html><meta charset="utf-8"><title>bench</title>'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Every script by its path: the entry, and a chunk for each library. */
async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = join(root, 'bench')
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['bench/environments/page.ts'],
    bundle: true,
    splitting: true,
    write: false,
    outdir: folder,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*', 'webgpu'],
    plugins: [keepInstall],
    logLevel: 'silent',
  })
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(folder.length), contents]))
}

export interface PageServer {
  readonly address: string
  readonly server: Server
}

export async function servePages(): Promise<PageServer> {
  const scripts = await bundle()
  const find = (path: string): Uint8Array | string | undefined => {
    if (path === '/') return page
    if (!path.startsWith('/peers/')) return scripts.get(path)
    const file = normalize(join(packages, path.slice('/peers'.length)))
    return file.startsWith(packages) ? readFileSync(file) : undefined
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', types[extname(path)] ?? 'text/html')
    try {
      const content = find(path)
      response.statusCode = content === undefined ? 404 : 200
      response.end(content)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', () => resolve())
  })
  return { address: `http://localhost:${(server.address() as AddressInfo).port}/`, server }
}
