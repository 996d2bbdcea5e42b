/**
 * The modules of Node that deal with files, asked of the process rather than imported, so that bundles for browsers do
 * not contain them; null where there is no Node.
 */

function modules() {
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    url: process.getBuiltinModule('node:url'),
  }
}

export type NodeModules = ReturnType<typeof modules>

export const nodeModules = (): NodeModules | null =>
  typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function' ? modules() : null
