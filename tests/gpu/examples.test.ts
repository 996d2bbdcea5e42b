// The examples on WebGPU, for a few steps: two of them, and in long mode all.

import { expect, it } from 'vitest'
import { examples, runOn } from '../unit/examples/program.js'

const isLong = process.env['COTANGENT_LONG'] === '1'
// It has no --steps; its network and data are those of other examples.
const all = examples.filter((name) => name !== 'mlpDigits')

it.each(isLong ? all : ['linearRegression', 'logisticRegression'])('%s', { timeout: 600_000 }, (name) => {
  const { status, errors, result } = runOn('webgpu', name, '--steps', '3')
  expect(status, errors).toBe(0)
  expect(result?.device).toBe('webgpu')
  expect(result?.figures.length).toBeGreaterThan(0)
  for (const { value } of result?.figures ?? []) expect(value).toBeTypeOf('number')
})
