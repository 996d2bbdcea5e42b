/** What leaves loops before they are kernels: products of items, sums, work that every step would repeat. */

import { grad, lax, makeJaxpr, nn, numpy as np, random, type NDArray } from 'cotangent'
import { describe, expect, test } from 'vitest'
import type { Jaxpr } from '../../../src/core/jaxpr.js'
import type { Kernel, Program } from '../../../src/lowering/kernel.js'
import { lower } from '../../../src/lowering/pipeline.js'
import { printKernels } from '../../../src/lowering/print.js'
import { programText } from '../../../src/lowering/wasm/program.js'
import { runPasses } from '../../../src/lowering/passes/index.js'
import { evalJaxpr } from '../../../src/transforms/index.js'
import { expectClose, values } from '../transforms/support.js'

const [T, B, I, H] = [6, 5, 3, 8]

const draw = (seed: number, ...shape: number[]): NDArray =>
  random.uniform(random.key(seed), shape, { minval: -1, maxval: 1 })

function lowered(f: (...xs: NDArray[]) => unknown, ...xs: NDArray[]): Program {
  const { jaxpr } = makeJaxpr(f)(...xs)
  const donated = jaxpr.inputs.map(() => false)
  return lower(jaxpr, { donated, alignment: 16, maxBindings: Infinity, verify: true })
}

type Repeat = Extract<Kernel, { kind: 'repeat' }>
const loopsOf = ({ kernels }: Program): readonly Repeat[] => kernels.filter((k) => k.kind === 'repeat')
const kinds = (kernels: readonly Kernel[]): string[] => kernels.map((k) => k.kind)
const depths = (kernels: readonly Kernel[]): number[] =>
  kernels.flatMap((k) => (k.kind === 'contraction' ? [k.k] : []))

/** What the passes make of a program means the same. */
function keepsMeaning(f: (...xs: NDArray[]) => unknown, ...xs: NDArray[]): Jaxpr {
  const { jaxpr, consts } = makeJaxpr(f)(...xs)
  const made = runPasses(jaxpr, true)
  const inputs = [...consts, ...xs]
  const expected = evalJaxpr(jaxpr, inputs)
  evalJaxpr(made, inputs).forEach((y, i) =>
    expectClose(values(y), values(expected[i] as NDArray), 1e-4, `result ${i}`),
  )
  return made
}

/** The squared length of the last state; `project` gives the gates of an input and a state. */
const lstm =
  (project: (x: NDArray, h: NDArray, weights: readonly NDArray[]) => NDArray) =>
  (xs: NDArray, ...weights: NDArray[]): NDArray => {
    const zero = np.zeros([B, H])
    const [[h]] = lax.scan(
      ([before, c], x) => {
        const gates = project(x, before, weights)
        const [i, f, g, o] = np.split(gates, 4, 1) as [NDArray, NDArray, NDArray, NDArray]
        const cell = nn
          .sigmoid(f)
          .mul(c)
          .add(nn.sigmoid(i).mul(np.tanh(g)))
        return [[nn.sigmoid(o).mul(np.tanh(cell)), cell], null]
      },
      [zero, zero] as const,
      xs,
    ) as unknown as [[NDArray, NDArray], null]
    return h.mul(h).sum()
  }

test('an LSTM with one matrix for inputs and states is taken apart, and its gradient is one product', () => {
  const joint = lstm((x, h, [w, b]) => np.matmul(np.concatenate([x, h], 1), w as NDArray).add(b as NDArray))
  const training = (xs: NDArray, w: NDArray, b: NDArray): unknown =>
    grad(joint, { argnums: [1, 2] })(xs, w, b)
  const inputs = [draw(1, T, B, I), draw(2, I + H, 4 * H), draw(3, 4 * H)]
  keepsMeaning(training, ...inputs)
  const program = lowered(training, ...inputs)
  const text = printKernels(program)
  expect(
    loopsOf(program).map(({ body }) => kinds(body)),
    text,
  ).toEqual([
    ['contraction', 'loop', 'loop'],
    ['loop', 'contraction', 'loop'],
  ])
  expect(depths(program.kernels), text).toEqual([I, T * B])
  expect(
    loopsOf(program).map(({ body }) => depths(body)),
    text,
  ).toEqual([[H], [4 * H]])
})

describe('an LSTM', () => {
  const split = lstm((x, h, [wx, wh, b]) =>
    np
      .matmul(x, wx as NDArray)
      .add(np.matmul(h, wh as NDArray))
      .add(b as NDArray),
  )
  const inputs = [draw(4, T, B, I), draw(1, I, 4 * H), draw(2, H, 4 * H), draw(3, 4 * H)]
  const training = (xs: NDArray, wx: NDArray, wh: NDArray, b: NDArray): unknown =>
    grad(split, { argnums: [1, 2, 3] })(xs, wx, wh, b)
  const program = lowered(training, ...inputs)
  const text = printKernels(program)

  test('makes one product and one loop in each step, forwards and backwards', () => {
    // The last loop is the counter.
    expect(
      loopsOf(program).map(({ body }) => kinds(body)),
      text,
    ).toEqual([
      ['contraction', 'loop', 'loop'],
      ['loop', 'contraction', 'loop'],
    ])
  })
  test('projects its inputs before, and makes the gradients of its weights after the loops', () => {
    // x·Wx; then the steps; then the gradients of both weights, each one product over time and batch.
    expect(depths(program.kernels), text).toEqual([I, T * B, T * B])
    expect(
      loopsOf(program).map(({ body }) => depths(body)),
      text,
    ).toEqual([[H], [4 * H]])
  })
  test('stacks h, c, the four gates and tanh c, and nothing that is made of them', () => {
    const [forward] = loopsOf(program)
    const stacked = forward?.body
      .flatMap((k) => (k.kind === 'loop' ? k.stores : []))
      .filter(({ buffer }) => {
        return program.buffers[buffer]?.size === T * B * H
      })
    expect(stacked?.length, text).toBe(7)
  })
  test('keeps its meaning', () => {
    keepsMeaning(training, ...inputs)
  })
  test('packs the weights before the loop', () => {
    const code = programText(program, { fma: false, shared: false, threads: 1 })
    const [, run = ''] = code.split('(func $run')
    const calls = [...run.matchAll(/\(loop|call \$(\w+)/g)].map(([whole, name]) => name ?? whole)
    const packing = calls.flatMap((name, i) => (name.endsWith('Right') ? [i] : []))
    const loops = calls.flatMap((name, i) => (name === '(loop' ? [i] : []))
    expect(packing.length, calls.join(' ')).toBeGreaterThan(0)
    expect(loops.length).toBeGreaterThan(0)
  })
})

describe('sums', () => {
  const w = draw(5, H, H)
  const xs = draw(6, T, H)
  const scans = (jaxpr: Jaxpr): number => jaxpr.equations.filter((eqn) => eqn.primitive === 'scan').length
  const names = (jaxpr: Jaxpr): string[] => jaxpr.equations.map((eqn) => eqn.primitive)

  test('of outer products of items are one product and no loop', () => {
    const f = (x: NDArray): unknown =>
      lax.scan((sum, v) => [sum.add(np.outer(v, v)), null], np.zeros([H, H]), x)[0]
    const made = keepsMeaning(f, xs)
    expect([scans(made), names(made).filter((name) => name === 'dotGeneral').length]).toEqual([0, 1])
  })
  test('of outer products of carries, as well, with axes that both have', () => {
    const f = (x: NDArray): unknown =>
      lax.scan(
        ([c, sum], v) => {
          const next = np.sin(c.add(v))
          return [[next, np.expandDims(next, 2).mul(np.expandDims(v, 1)).add(sum)], null]
        },
        [np.zeros([B, H]), np.ones([B, H, H])] as const,
        x,
      )
    const made = keepsMeaning(f, draw(13, T, B, H))
    expect(names(made)).toContain('dotGeneral')
  })
  test('of what is made of items alone need no loop', () => {
    const f = (x: NDArray): unknown => lax.scan((sum, v) => [sum.add(np.sin(v)), null], np.ones([H]), x)[0]
    expect(names(keepsMeaning(f, xs))).toContain('reduceSum')
    expect(scans(keepsMeaning(f, xs))).toBe(0)
  })
  test('of products with a constant are one product with the sum', () => {
    const f = (m: NDArray, x: NDArray): unknown =>
      lax.scan(
        ([c, sum], v) => {
          const next = np.sin(c.add(v))
          return [[next, sum.add(np.matmul(m, next))], null]
        },
        [np.zeros([H]), np.ones([H])] as const,
        x,
      )[0]
    const made = keepsMeaning(f, w, xs)
    const [loop] = made.equations.filter((eqn) => eqn.primitive === 'scan')
    expect(loop?.primitive === 'scan' ? names(loop.params.jaxpr).includes('dotGeneral') : true).toBe(false)
  })
  test('stay in the loop where somebody looks on the way', () => {
    const f = (x: NDArray): unknown =>
      lax.scan(
        (sum, v) => {
          const next = sum.add(np.outer(v, v))
          return [next, next.sum()]
        },
        np.zeros([H, H]),
        x,
      )
    expect(scans(keepsMeaning(f, xs))).toBe(1)
  })
  test('stay in the loop where operands are much larger than their sum', () => {
    const big = 4096
    const f = (m: NDArray, x: NDArray): unknown =>
      lax.scan(
        ([c, sum], v) => {
          const next = np.sin(c.add(v))
          return [[next, sum.add(np.dot(next, next))], null]
        },
        [m, np.zeros([])] as const,
        x,
      )[0]
    const { jaxpr } = makeJaxpr(f)(np.zeros([big]), np.zeros([100, big]))
    const made = runPasses(jaxpr, true)
    const [loop] = made.equations.filter((eqn) => eqn.primitive === 'scan')
    expect(loop?.outputs.every((v) => v.aval.size <= big)).toBe(true)
  })
})

describe('work that each step would repeat', () => {
  test('is done once', () => {
    const f = (v: NDArray, m: NDArray, x: NDArray): unknown =>
      lax.scan((c, item) => [np.matmul(np.exp(m), c).add(np.tanh(v)).add(item), null], v, x)[0]
    const made = keepsMeaning(f, draw(7, H), draw(8, H, H), draw(9, T, H))
    const [loop] = made.equations.filter((eqn) => eqn.primitive === 'scan')
    const inside = loop?.primitive === 'scan' ? loop.params.jaxpr.equations.map((eqn) => eqn.primitive) : []
    expect(inside).toEqual(['dotGeneral', 'add', 'add'])
  })
  test('is done once also where a carry never changes', () => {
    const f = (m: NDArray, x: NDArray): unknown =>
      lax.scan(
        ([same, c], item) => [[same, np.matmul(np.exp(same), c).add(item)], null],
        [m, np.zeros([H])] as const,
        x,
      )[0]
    const made = keepsMeaning(f, draw(8, H, H), draw(9, T, H))
    const [loop] = made.equations.filter((eqn) => eqn.primitive === 'scan')
    expect(loop?.primitive === 'scan' ? [loop.params.carries, loop.params.consts] : []).toEqual([1, 1])
  })
  test('a network applied to every item is applied to all at once, up to what memory is worth', () => {
    const f = (m: NDArray, x: NDArray): unknown => lax.map((v) => np.matmul(np.tanh(np.matmul(v, m)), m), x)
    const made = keepsMeaning(f, draw(10, H, H), draw(11, T, B, H))
    expect(made.equations.some((eqn) => eqn.primitive === 'scan')).toBe(false)
    const large = makeJaxpr(f)(
      { shape: [1024, 1024], dtype: 'float32' } as never,
      { shape: [64, 1024, 1024], dtype: 'float32' } as never,
    )
    expect(runPasses(large.jaxpr, true).equations.some((eqn) => eqn.primitive === 'scan')).toBe(true)
  })
})

test('a slice of a product is a product of slices', () => {
  const f = (x: NDArray, y: NDArray): NDArray =>
    lax.slice(
      lax.dotGeneral(x, y, [
        [[2], [1]],
        [[0], [2]],
      ]),
      [1, 0, 2],
      [3, 4, 5],
    )
  const made = keepsMeaning(f, draw(14, 4, 5, 6), draw(15, 7, 6, 4))
  expect(made.equations.map((eqn) => [eqn.primitive, eqn.outputs[0]?.aval.shape])).toEqual([
    ['slice', [2, 4, 6]],
    ['slice', [3, 6, 2]],
    ['dotGeneral', [2, 4, 3]],
  ])
})

test('slices whose cotangents cover an array make a concatenation', () => {
  const f = (x: NDArray): NDArray => {
    const [a, b] = np.split(x, 2, 1) as [NDArray, NDArray]
    return np.sin(a).mul(np.exp(b)).sum()
  }
  const made = keepsMeaning(grad(f), draw(12, B, H))
  const names = made.equations.map((eqn) => eqn.primitive)
  expect([names.includes('pad'), names.includes('concatenate')]).toEqual([false, true])
  // Each half is computed where it belongs.
  expect(kinds(lowered(grad(f), draw(12, B, H)).kernels)).toEqual(['loop'])
})
