// The layering of src/: which folder may import which. Type imports count like any other.
// Source files in → the imports that break a rule and the import cycles, as lines for people.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** layer → the layers it may import besides itself. Files directly in src/ are layers of their own. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  transforms: ['core'],
  lowering: ['core'],
  runtime: ['lowering', 'core'],
  numpy: ['core'],
  lax: ['numpy', 'transforms', 'core'],
  ops: ['numpy', 'core'],
  random: ['numpy', 'core'],
  nn: ['random', 'numpy', 'lax', 'transforms', 'core'],
  optim: ['nn', 'random', 'numpy', 'lax', 'transforms', 'core'],
  scipySpecial: ['nn', 'lax', 'numpy', 'transforms', 'core'],
  io: ['core'],
  data: ['io', 'random', 'numpy', 'core'],
  train: ['data', 'io', 'optim', 'nn', 'random', 'numpy', 'lax', 'transforms', 'runtime', 'core'],
  testing: ['data', 'io', 'optim', 'nn', 'random', 'lax', 'numpy', 'transforms', 'runtime', 'core'],
}

/** The composition roots: they import every layer; only the index of a folder may import `install`. */
const ROOTS = ['index', 'install']

export interface SourceFile {
  /** From src/, for example `core/shape.ts`. */
  readonly path: string
  /** The module specifiers it names in imports, re-exports, dynamic imports and import types. */
  readonly imports: readonly string[]
}

/** Every TypeScript file below `folder` with what it imports. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, imports: importsOf(path, readFileSync(join(folder, path), 'utf8')) }))
}

/** The module specifiers of one file, in the order of the text. */
export function importsOf(path: string, text: string): string[] {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors.map((error) => error.message).join('; ')}`)
  const found: string[] = []
  const add = (node: { readonly value?: unknown } | null): void => {
    if (typeof node?.value === 'string') found.push(node.value)
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add('value' in node.source ? node.source : null),
    TSImportType: (node) => add(node.source),
  }).visit(program)
  return found
}

/** What breaks the layering, one line each; empty where all is well. */
export function violations(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path))
  const graph = new Map<string, string[]>()
  const lines: string[] = []
  for (const { path, imports } of files) {
    const targets = imports.filter((name) => name.startsWith('.')).map((name) => resolve(path, name))
    graph.set(
      path,
      targets.filter((target) => known.has(target)),
    )
    for (const target of targets) {
      if (!known.has(target)) lines.push(`${path} imports ${target}, which is not a file of src/`)
      else if (!mayImport(path, target)) lines.push(`${path} (${layerOf(path)}) may not import ${target}`)
    }
    lines.push(
      ...imports
        .filter((name) => !isAllowedPackage(path, name))
        .map((name) => `${path} may not import ${name}`),
    )
  }
  return [...lines, ...cycles(graph).map((cycle) => `import cycle: ${cycle.join(' → ')}`)]
}

function mayImport(path: string, target: string): boolean {
  const [from, to] = [layerOf(path), layerOf(target)]
  if (from === to || ROOTS.includes(from)) return true
  if (to === 'install') return path.endsWith('/index.ts')
  const allowed = LAYERS[from]
  if (allowed === undefined)
    throw new Error(`src/${from} is in no layer: add it to LAYERS in scripts/layers.ts`)
  return allowed.includes(to)
}

/** fp-ts comes in through core/fp.ts alone; formats of files belong to io and data, fast-check to the testing kit. */
function isAllowedPackage(path: string, name: string): boolean {
  if (name.startsWith('.') || name.startsWith('node:')) return true
  if (name.startsWith('fp-ts/')) return path === 'core/fp.ts'
  if (['fast-png', 'fflate', 'papaparse'].includes(name)) return /^(io|data)\//.test(path)
  if (name === 'webgpu') return path.startsWith('runtime/')
  return name === 'fast-check' && path.startsWith('testing/')
}

function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '')
}

function resolve(path: string, specifier: string): string {
  return join(dirname(path), specifier).replace(/\.js$/, '.ts')
}

/** One cycle for each back edge of a depth-first walk: none exactly when the graph has no cycle. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const finished = new Set<string>()
  const found: string[][] = []
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path])
    if (start >= 0 || finished.has(path)) return
    for (const target of graph.get(path) ?? []) walk(target, [...trail, path])
    finished.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return found
}

/** The example files may import the package and their own helpers, never src/. */
export function exampleViolations(root: string): string[] {
  const folder = join(root, 'examples')
  if (!existsSync(folder)) return []
  return readSources(folder).flatMap(({ path, imports }) =>
    imports
      .filter((name) => relative(folder, join(folder, dirname(path), name)).startsWith('..'))
      .map((name) => `examples/${path} may not import ${name}: an example uses what users have`),
  )
}
