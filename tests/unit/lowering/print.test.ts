import { expect, test } from 'vitest'
import { ExprBuilder, type Expr } from '../../../src/lowering/expr.js'
import { printKernel } from '../../../src/lowering/print.js'
import { identityPosition } from '../../../src/lowering/position.js'

test('what is used more than once is named, so that the text does not grow with the number of paths', () => {
  const b = new ExprBuilder()
  const at = identityPosition<Expr>([8])
  let x = b.load(0, 'f32', at)
  // 2^200 paths lead to the load.
  for (let i = 0; i < 200; i++) x = b.alu('mul', x, b.alu('neg', x))
  const lines = printKernel(
    { kind: 'loop', shape: [8], stores: [{ buffer: 1, position: at, value: x }] },
    (id) => `b${id}`,
  )
  expect(lines).toHaveLength(201)
  expect(lines.slice(0, 3)).toEqual([
    'loop i0 < 8',
    '  v0 = mul(b0[i0], neg(b0[i0]))',
    '  v1 = mul(v0, neg(v0))',
  ])
  expect(lines.at(-1)).toBe('  b1[i0] = mul(v198, neg(v198))')
})
