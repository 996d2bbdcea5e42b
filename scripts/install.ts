// An esbuild plugin for bundling src/: keeps the import of the composition root.
// package.json tells users' bundlers that no module has side effects, which the build makes true (scripts/build.ts);
// of the source it is not true of this one module, whose import binds no name.

import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

export const keepInstall: Plugin = {
  name: 'keep-install',
  setup(build) {
    build.onResolve({ filter: /\/install\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, dirname(path), 'install.ts'),
      sideEffects: true,
    }))
  },
}
