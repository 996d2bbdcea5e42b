// Test projects, one per folder of tests/. Workers are processes that inherit this process's environment, so
// the variables that WebGPU needs are set here, before any worker starts; `vitest run FILE` works as it is.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { webgpuEnvironment } from './scripts/graphics.js'
import { compiledSource } from './tests/support/compiledSource.js'
import { LongestFirst } from './tests/support/longestFirst.js'

Object.assign(process.env, webgpuEnvironment())

const src = fileURLToPath(new URL('./src', import.meta.url))
const minute = 60_000

/** `npm test` gives the property tests a small, fixed budget; `vitest --mode long` a large one. */
const longBudget = { COTANGENT_LONG: '1' }

export default defineConfig(({ mode }) => {
  const long = mode === 'long' || process.env['COTANGENT_LONG'] === '1'
  const project = (name: string, testTimeout: number) => ({
    extends: true as const,
    // Snippets start as new programs do, over and over: vite can forget its modules, Node cannot.
    plugins: name === 'docs' ? [] : [compiledSource()],
    test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: long ? 60 * minute : testTimeout },
  })
  return {
    resolve: {
      alias: [
        { find: /^cotangent$/, replacement: `${src}/index.ts` },
        { find: /^cotangent\/(.+)$/, replacement: `${src}/$1/index.ts` },
      ],
    },
    test: {
      pool: 'forks',
      // Vitest would leave one processor free.
      maxWorkers: '100%',
      sequence: { sequencer: LongestFirst },
      env: long ? longBudget : {},
      hookTimeout: 2 * minute,
      projects: [
        project('unit', 20_000),
        project('property', 5 * minute),
        project('conformance', 5 * minute),
        project('gpu', minute),
        project('browser', 2 * minute),
        project('docs', minute),
        project('package', 2 * minute),
      ],
    },
  }
})
