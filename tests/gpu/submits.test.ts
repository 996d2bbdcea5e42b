/**
 * What whole programs come to on the GPU: one submit each, few kernels, and no reduction on a single thread.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { avalOf } from '../../src/core/aval.js'
import { grad, makeJaxpr, nn, numpy as np, type NDArray } from '../../src/index.js'
import { lower } from '../../src/lowering/pipeline.js'
import { emitWgsl } from '../../src/lowering/wgsl/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { randomFloats } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

type Shapes = readonly (readonly number[])[]
interface Case {
  readonly f: (...args: NDArray[]) => unknown
  readonly shapes: Shapes
  readonly kernels: number
}

const jaxprOf = ({ f, shapes }: Case) => {
  const { jaxpr, consts } = makeJaxpr(f)(...shapes.map((shape) => ({ shape, dtype: 'float32' as const })))
  expect(consts).toEqual([])
  return jaxpr
}

const dense = (x: NDArray, w: NDArray, b: NDArray): NDArray => nn.relu(np.matmul(x, w).add(b))
const layerNorm = (x: NDArray): NDArray => {
  const centred = x.sub(np.mean(x, -1, { keepdims: true }))
  return centred.div(np.sqrt(np.mean(np.square(centred), -1, { keepdims: true }).add(1e-5)))
}
const loss = (w1: NDArray, w2: NDArray, x: NDArray): NDArray =>
  np.mean(np.square(np.matmul(nn.relu(np.matmul(x, w1)), w2)))

const cases: Readonly<Record<string, Case>> = {
  'fused elementwise chain': {
    f: (x) => np.tanh(x.mul(2).add(1)).mul(np.exp(x.neg())),
    shapes: [[50, 40]],
    kernels: 1,
  },
  softmax: { f: (x) => nn.softmax(x, -1), shapes: [[32, 50]], kernels: 2 },
  'layer normalisation': { f: (x) => layerNorm(x), shapes: [[32, 50]], kernels: 2 },
  'dense + bias + relu': {
    f: (x, w, b) => dense(x, w, b),
    shapes: [[40, 30], [30, 20], [20]],
    kernels: 1,
  },
  'gradient of a network': {
    f: (w1, w2, x) => grad(loss, { argnums: [0, 1] })(w1, w2, x),
    shapes: [
      [20, 30],
      [30, 10],
      [16, 20],
    ],
    kernels: 10,
  },
}

describe.each(Object.entries(cases))('%s', (_, one) => {
  test(`is one submit of at most ${one.kernels} kernels`, () => {
    const executable = backend.compile(
      jaxprOf(one),
      one.shapes.map(() => false),
    )
    const inputs = one.shapes.map((shape, i) => {
      const aval = avalOf(shape, 'float32')
      return backend.put(aval, randomFloats(aval.size, i + 1))
    })
    const before = backend.submits
    executable.run(
      inputs,
      inputs.map(() => false),
    )
    expect(backend.submits - before).toBe(1)
    expect(executable.kernelCount).toBeLessThanOrEqual(one.kernels)
  })
})

test('no reduction of a program runs on a single thread, whatever the shape', () => {
  const reductions: readonly ((x: NDArray) => unknown)[] = [
    (x) => np.sum(x),
    (x) => np.max(x, 0),
    (x) => np.mean(x, 1),
    (x) => np.argmax(x, 1),
    (x) => np.argmax(x),
    (x) => np.all(np.greater(x, 0)),
    (x) => np.cumsum(x, 0),
    (x) => nn.softmax(x, -1),
    (x) => np.var(x),
    (x) => np.matmul(x, x.T),
    (x) => np.dot(x.flatten(), x.flatten()),
  ]
  for (const shape of [
    [1, 4096],
    [4096, 1],
    [3, 70_000],
    [70_000, 3],
    [300, 300],
  ]) {
    for (const f of reductions) {
      const jaxpr = jaxprOf({ f: (x) => f(x), shapes: [shape], kernels: 0 })
      const program = lower(jaxpr, { donated: [false], alignment: 16, maxBindings: 8 })
      for (const { label, groupSize, groups } of emitWgsl(program, backend.limits).dispatches) {
        if (/^(reduce|contraction|cumulative)/.test(label))
          expect(
            groupSize * groups[0] * groups[1],
            `${label} of ${String(f)} on ${shape.join('×')}`,
          ).toBeGreaterThan(1)
      }
    }
  }
})
