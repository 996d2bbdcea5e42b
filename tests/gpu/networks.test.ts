/**
 * Training steps of small networks of the kinds that the benchmark has: one submit each, whatever loops they hold.
 */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { avalOf } from '../../src/core/aval.js'
import { lax, makeJaxpr, nn, numpy as np, valueAndGrad, type NDArray } from '../../src/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { randomFloats } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

/** A loss of data and parameters; all but the data are trained. */
interface Network {
  readonly loss: (x: NDArray, ...params: NDArray[]) => NDArray
  readonly shapes: readonly (readonly number[])[]
}
type Three = [NDArray, NDArray, NDArray]
type Four = [NDArray, NDArray, NDArray, NDArray]

function cnn(x: NDArray, ...params: NDArray[]): NDArray {
  const [kernel, bias, weights] = params as Three
  const convolved = lax.convGeneralDilated(x, kernel, [1, 1], 'VALID', {
    dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
  })
  const active = nn.relu(convolved.add(bias))
  const pooled = lax.reduceWindow(active, (window) => np.max(window), [2, 2, 1], [2, 2, 1])
  return np.mean(np.square(np.matmul(pooled.reshape([x.shape[0] ?? 1, -1]), weights)))
}

function lstm(x: NDArray, ...params: NDArray[]): NDArray {
  const [input, hidden] = params as [NDArray, NDArray]
  const zero = np.zeros([x.shape[1] ?? 1, hidden.shape[0] ?? 1])
  const [[last]] = lax.scan(
    ([h, c]: readonly [NDArray, NDArray], given: NDArray) => {
      const [i, f, g, o] = np.split(given.add(np.matmul(h, hidden)), 4, 1) as Four
      const kept = nn.sigmoid(f).mul(c)
      const cell = kept.add(nn.sigmoid(i).mul(np.tanh(g)))
      return [[nn.sigmoid(o).mul(np.tanh(cell)), cell] as const, null] as const
    },
    [zero, zero] as const,
    np.matmul(x, input),
  )
  return np.mean(np.square(last))
}

function transformer(x: NDArray, ...params: NDArray[]): NDArray {
  const [projections, up, down] = params as Three
  const [batch, length, size] = x.shape as [number, number, number]
  const heads = (y: NDArray): NDArray => y.reshape([batch, length, 2, size / 2])
  const [q, k, v] = np.split(np.matmul(nn.standardize(x), projections), 3, 2) as Three
  const mixed = nn.dotProductAttention(heads(q), heads(k), heads(v), { isCausal: true })
  const attended = x.add(mixed.reshape(x.shape))
  const result = attended.add(np.matmul(nn.gelu(np.matmul(nn.standardize(attended), up)), down))
  return np.mean(np.square(result))
}

const networks: Readonly<Record<string, Network>> = {
  cnn: {
    loss: cnn,
    shapes: [[3, 10, 10, 2], [3, 3, 2, 5], [5], [80, 4]],
  },
  lstm: {
    loss: lstm,
    shapes: [
      [6, 3, 4],
      [4, 32],
      [8, 32],
    ],
  },
  transformer: {
    loss: transformer,
    shapes: [
      [2, 6, 8],
      [8, 24],
      [8, 16],
      [16, 8],
    ],
  },
}

test.each(Object.entries(networks))('a step of the %s is one submit', async (_, { loss, shapes }) => {
  const step = (...[x, ...params]: readonly NDArray[]): unknown => {
    if (x === undefined) return []
    const argnums = params.map((__, i) => i + 1)
    const [value, grads] = valueAndGrad(loss, { argnums })(x, ...params)
    return [value, params.map((param, i) => param.sub((grads as readonly NDArray[])[i]?.mul(0.01) ?? 0))]
  }
  const avals = shapes.map((shape) => avalOf(shape, 'float32'))
  const { jaxpr } = makeJaxpr(step)(...shapes.map((shape) => ({ shape, dtype: 'float32' as const })))
  const donated = shapes.map((__, i) => i > 0)
  const executable = backend.compile(jaxpr, donated)
  const inputs = avals.map((aval, i) => backend.put(aval, randomFloats(aval.size, i + 1, 0.1)))
  const before = backend.submits
  const [value] = executable.run(inputs, donated)
  expect(backend.submits - before).toBe(1)
  if (value === undefined) throw new Error('the step has no value')
  const [number] = await backend.read(value, avalOf([], 'float32'))
  expect(number).toBeGreaterThan(0)
  expect(number).toBeLessThan(1)
})
