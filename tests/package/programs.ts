// One program for each public entry, importing nothing but that entry (and numpy where it cannot make an array), and
// what it prints as JSON.

interface Program {
  readonly code: string
  /** A peer to install first; the programs before this one run without it. */
  readonly needs?: string
  readonly prints: unknown
}

export const programs: Readonly<Record<string, Program>> = {
  '.': {
    code: `
      import { grad, jit, numpy as np } from 'cotangent'
      console.log(JSON.stringify(jit(grad((x) => np.sum(np.multiply(x, x))))(np.array([1, 2, 3])).js()))`,
    prints: [2, 4, 6],
  },
  numpy: {
    code: `
      import { add, array } from 'cotangent/numpy'
      console.log(JSON.stringify(add(array([1, 2]), 1).mul(3).js()))`,
    prints: [6, 9],
  },
  lax: {
    code: `
      import { iota, rev } from 'cotangent/lax'
      console.log(JSON.stringify(rev(iota('int32', 3), [0]).js()))`,
    prints: [2, 1, 0],
  },
  ops: {
    code: `
      import { arange, array } from 'cotangent/numpy'
      import { segmentSum } from 'cotangent/ops'
      console.log(JSON.stringify(segmentSum(array([1, 2, 3]), arange(3).mod(2)).js()))`,
    prints: [4, 2],
  },
  scipySpecial: {
    code: `
      import { entr } from 'cotangent/scipySpecial'
      console.log(JSON.stringify(entr(1).item()))`,
    prints: 0,
  },
  nn: {
    code: `
      import { relu } from 'cotangent/nn'
      console.log(JSON.stringify([relu(-1).item(), relu(2).item()]))`,
    prints: [0, 2],
  },
  optim: {
    code: `
      import { cosineDecaySchedule } from 'cotangent/optim'
      console.log(cosineDecaySchedule(1, 10)(5).item().toFixed(3))`,
    prints: 0.5,
  },
  random: {
    code: `
      import { bits, key } from 'cotangent/random'
      console.log(JSON.stringify(bits(key(0), [3]).js()))`,
    prints: [4070199207, 4202968722, 1427181096],
  },
  data: {
    code: `
      import { batches, fromArrays } from 'cotangent/data'
      const rows = fromArrays({ data: new Float32Array([1, 2, 3, 4]), shape: [2, 2], dtype: 'float32' })
      console.log(JSON.stringify([...batches(rows, 1)].map((batch) => batch.js())))`,
    prints: [[[1, 2]], [[3, 4]]],
  },
  train: {
    code: `
      import { fit } from 'cotangent/train'
      import { fromArrays } from 'cotangent/data'
      import { array } from 'cotangent/numpy'
      const step = (sum, x) => [sum.add(x.sum()), { loss: x.mean() }]
      const { state } = await fit({ data: fromArrays(array([1, 2, 3])), state: array(0.5), step, batchSize: 2 })
      console.log(JSON.stringify(state.item()))`,
    prints: 6.5,
  },
  io: {
    code: `
      import { encodeSafetensors, readNpz, readSafetensors, toNpz } from 'cotangent/io'
      const x = { data: new Float32Array([1, 2]), shape: [2], dtype: 'float32' }
      const { tensors } = await readSafetensors(encodeSafetensors({ x }))
      const read = await readNpz(await toNpz(tensors, { compress: true }))
      console.log(JSON.stringify([...read.x.data]))`,
    prints: [1, 2],
  },
  testing: {
    code: `
      import { checkGrads } from 'cotangent/testing'
      console.log(JSON.stringify((await checkGrads((x) => x.mul(x), [2])) === undefined))`,
    prints: true,
  },
  'testing/arbitraries': {
    code: `
      import * as fc from 'fast-check'
      import { programs } from 'cotangent/testing/arbitraries'
      const [program] = fc.sample(programs(), { numRuns: 1, seed: 1 })
      const outputs = program.f(...program.inputs())
      console.log(JSON.stringify(outputs.length > 0 && outputs.every(({ shape }) => shape.length >= 0)))`,
    prints: true,
    needs: 'fast-check',
  },
}
