// Runs a TypeScript module in headless Chromium and returns what it computed.
// Entry file → esbuild bundle → page served with COOP/COEP headers (so that SharedArrayBuffer exists), or without → JSON.
// The entry exports `run(): Promise<Json>`; the library is bundled from its source.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium as driver, type Browser } from 'playwright-core'
import { chromium } from '../../scripts/graphics.js'
import { keepInstall } from '../../scripts/install.js'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The result of the `run` that `entry` (a path from the repository's root) exports, computed in a fresh page.
 * Errors of the page, thrown or rejected, reject; so does a page that has not finished after `timeout` ms. Without
 * `isolated` it is served like most pages, without the headers that give it shared memory.
 */
export async function runInBrowser(
  entry: string,
  { timeout = 120_000, isolated = true }: { readonly timeout?: number; readonly isolated?: boolean } = {},
): Promise<Json> {
  const script = await bundle(entry)
  const server = await serve(script, isolated)
  let browser: Browser | undefined
  try {
    browser = await launchChromium()
    const page = await browser.newPage()
    const log: string[] = []
    page.on('console', (message) => log.push(`${message.type()}: ${message.text()}`))
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
    const outcome = await Promise.race([
      // As text: vitest rewrites the imports of functions, and this one belongs to the page.
      page.evaluate<string>(`import('/entry.js').then(async ({ run }) => JSON.stringify(await run()))`),
      deadline(timeout),
    ]).catch((error: unknown) => {
      throw new Error([`${entry} failed in the browser: ${String(error)}`, ...log].join('\n'), {
        cause: error,
      })
    })
    return JSON.parse(outcome) as Json
  } finally {
    await browser?.close()
    server.close()
  }
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'inline',
    external: ['node:*', 'webgpu'],
    plugins: [keepInstall],
    logLevel: 'silent',
  })
  const [output] = result.outputFiles
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}`)
  return output.text
}

function serve(script: string, isolated: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    }
    const isScript = request.url === '/entry.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><title>cotangent</title>')
  })
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => resolve(server))
  })
}

function launchChromium(): Promise<Browser> {
  const { executable, flags, environment } = chromium()
  return driver.launch({
    executablePath: executable,
    args: [...flags],
    env: { ...(process.env as Record<string, string>), ...environment },
    chromiumSandbox: false,
  })
}

function deadline(timeout: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`No result after ${timeout} ms`)), timeout).unref()
  })
}
