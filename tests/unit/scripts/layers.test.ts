import { expect, test } from 'vitest'
import { importsOf, violations } from '../../../scripts/layers.js'

const file = (path: string, ...imports: string[]) => ({ path, imports })

test('reads every form of import', () => {
  const text = `
    import type { A } from './a.js'
    import b, { c } from './b.js'
    import './c.js'
    export * from './d.js'
    export { type e } from './e.js'
    type F = import('./f.js').F
    const g = await import('./g.js')
    const text = "import './no.js'" // import './no.js'
  `
  expect(importsOf('x.ts', text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `./${name}.js`))
})

test('allows what the architecture allows', () => {
  expect(
    violations([
      file('core/fp.ts', 'fp-ts/lib/Either.js'),
      file('core/shape.ts', './fp.js'),
      file('numpy/index.ts', '../core/shape.js', '../install.js'),
      file('nn/index.ts', '../numpy/index.js', '../install.js'),
      file('install.ts', './core/shape.js'),
      file('index.ts', './nn/index.js', './install.js'),
    ]),
  ).toEqual([])
})

test.each([
  ['a lower layer importing a higher one', 'core/shape.ts', '../numpy/sum.js'],
  ['transforms and lowering meeting', 'transforms/grad.ts', '../lowering/pass.js'],
  ['an inner file importing the composition root', 'numpy/sum.ts', '../install.js'],
  ['fp-ts past its shim', 'core/shape.ts', 'fp-ts/lib/Either.js'],
  ['a package that users do not get', 'core/shape.ts', 'esbuild'],
])('refuses %s', (_, path, specifier) => {
  const others = ['numpy/sum.ts', 'lowering/pass.ts', 'install.ts'].filter((other) => other !== path)
  expect(violations([file(path, specifier), ...others.map((other) => file(other))])).toHaveLength(1)
})

test('refuses import cycles and names them', () => {
  const found = violations([
    file('core/a.ts', './b.js'),
    file('core/b.ts', './c.js'),
    file('core/c.ts', './a.js'),
    file('core/d.ts', './a.js'),
  ])
  expect(found).toEqual(['import cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts'])
})
