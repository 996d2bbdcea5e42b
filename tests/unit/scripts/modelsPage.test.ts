// The page of the models: rows, pictures and which run replaces which.

import { describe, expect, it } from 'vitest'
import { isSameRun, modelsPage, type ModelRun } from '../../../scripts/modelsPage.js'

const run: ModelRun = {
  example: 'mlp',
  device: 'wasm',
  seed: 0,
  data: null,
  figures: [
    { name: 'accuracy', value: 0.991, text: '99.1 %', required: '≥ 95.0 %', met: true },
    { name: '|w|', value: 3, text: '3', required: null, met: null },
  ],
  pictures: [{ file: 'images/mlp-regions.png', caption: 'The regions' }],
  epochs: 20,
  steps: 800,
  seconds: 4,
  secondsPerEpoch: 0.2,
  wholeSeconds: 6.5,
  limit: null,
  processor: 'a processor',
}

const rows = (page: string): string[] => page.split('\n').filter((line) => line.startsWith('| '))

describe('modelsPage', () => {
  it('has a row for each figure, with all seeds', () => {
    const figures = [{ name: 'accuracy', value: 0.93, text: '93.0 %', required: '≥ 95.0 %', met: false }]
    const page = modelsPage([{ ...run, seed: 1, figures, secondsPerEpoch: 0.15 }, run])
    expect(rows(page).slice(1)).toEqual([
      '| [mlp](../examples/mlp.ts) | accuracy | ≥ 95.0 % | 99.1 %, 93.0 % (missed) | 0, 1 | wasm | 0.15 s an epoch |',
      '|  | \\|w\\| |  | 3 |  |  |  |',
    ])
  })

  it('keeps devices, data and short runs apart', () => {
    const page = modelsPage([
      run,
      { ...run, device: 'webgpu', limit: 3 },
      { ...run, data: 'mnist', epochs: null, secondsPerEpoch: null, steps: 1000 },
    ])
    expect(page).toContain('| [mlp](../examples/mlp.ts) on mnist | accuracy |')
    expect(page).toContain('| wasm | 4 ms a step |')
    expect(page).toContain('| [mlp](../examples/mlp.ts) | webgpu | 3 | 6.5 s |')
  })

  it('shows the pictures', () => {
    expect(modelsPage([run])).toContain('### mlp\n\n![The regions](images/mlp-regions.png)\n\nThe regions.\n')
  })
})

describe('isSameRun', () => {
  it('looks at example, device, seed, data and whether the run was whole', () => {
    expect(isSameRun(run, { ...run, seconds: 1 })).toBe(true)
    const others = [
      { example: 'gan' },
      { device: 'webgpu' as const },
      { seed: 1 },
      { data: 'mnist' },
      { limit: 3 },
    ]
    for (const change of others) expect(isSameRun(run, { ...run, ...change })).toBe(false)
    expect(isSameRun({ ...run, limit: 5 }, { ...run, limit: 3 })).toBe(true)
  })
})
