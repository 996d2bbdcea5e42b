/**
 * Loops inside programs: their kernels against the reference, where their carries live, and what they share.
 */

import { describe, expect, it } from 'vitest'
import { constant } from '../../../src/core/constants.js'
import { bind } from '../../../src/core/interpreter.js'
import type { Jaxpr } from '../../../src/core/jaxpr.js'
import type { NDArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import type { Kernel } from '../../../src/lowering/kernel.js'
import { printKernels } from '../../../src/lowering/print.js'
import { createWasmBackend } from '../../../src/runtime/wasm/index.js'
import { hostArray } from '../../../src/core/dtype.js'
import { f32, lowered, record, runBoth, sample, typed } from '../../support/lowered.js'

type Arrays = readonly NDArray[]
const at = (xs: Arrays, i: number): NDArray => xs[i] as NDArray
const matmul = (x: NDArray, w: NDArray): NDArray =>
  ops.dotGeneral(x, w, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] })

/** h' = tanh(h·w + x), y = h'. */
const rnnBody = record([f32(5, 5), f32(3, 5), f32(3, 5)], (...xs) => {
  const next = ops.tanh(ops.add(matmul(at(xs, 1), at(xs, 0)), at(xs, 2)))
  return [next, next]
})
const rnn = (reverse: boolean): Jaxpr =>
  record([f32(5, 5), f32(3, 5), f32(7, 3, 5)], (...xs) =>
    bind('scan', xs, { jaxpr: rnnBody, length: 7, reverse, unroll: 1, consts: 1, carries: 1 }),
  )
/** (a, b, i) → (b, a + b, i + 1), y = sorted a: swaps carries, and needs a whole buffer inside. */
const swapBody = record([f32(6), f32(6), typed('int32')], (...xs) => [
  at(xs, 1),
  ops.add(at(xs, 0), ops.mul(at(xs, 1), constant(0.5, 'float32', [6]))),
  ops.add(at(xs, 2), constant(1, 'int32')),
  at(ops.sort([at(xs, 0)], 0), 0),
])
const swap = record([f32(6), f32(6), typed('int32')], (...xs) =>
  bind('scan', xs, { jaxpr: swapBody, length: 5, reverse: false, unroll: 1, consts: 0, carries: 3 }),
)
const sorted = record([f32(4, 6)], (x) =>
  bind('scan', [x], {
    jaxpr: record([f32(6)], (row) => [at(ops.sort([row], 0), 0)]),
    length: 4,
    reverse: true,
    unroll: 1,
    consts: 0,
    carries: 0,
  }),
)
/** Doubles until the sum passes 100. */
const doubling = record([f32(4)], (x) =>
  bind('while', [x], {
    cond: record([f32(4)], (v) => [ops.lt(ops.reduceSum(ops.abs(v), [0]), constant(100, 'float32'))]),
    body: record([f32(4)], (v) => [ops.mul(v, constant(2, 'float32', [4]))]),
    condConsts: 0,
    bodyConsts: 0,
  }),
)
const nested = record([f32(3, 4)], (x) => {
  const inner = record([f32(), f32()], (c, v) => [ops.add(c, v), ops.mul(c, v)])
  const outer = record([f32(), f32(4)], (c, row) => {
    const [sum, products] = bind('scan', [c, row], {
      jaxpr: inner,
      length: 4,
      reverse: false,
      unroll: 1,
      consts: 0,
      carries: 1,
    }) as [NDArray, NDArray]
    return [ops.add(sum, at([ops.reduceMax(products, [0])], 0)), products]
  })
  return bind('scan', [constant(0.25, 'float32'), x], {
    jaxpr: outer,
    length: 3,
    reverse: true,
    unroll: 1,
    consts: 0,
    carries: 1,
  })
})
const chosen = record([typed('int32'), f32(4), f32(4)], (i, x, y) =>
  bind('switch', [i, x, y], {
    branches: [
      record([f32(4), f32(4)], (a, b) => [ops.add(a, b)]),
      record([f32(4), f32(4)], (a, b) => [ops.mul(a, b)]),
      record([f32(4), f32(4)], (a) => [a]),
    ],
  }),
)

const unchanged = record([typed('int32'), f32(5, 3)], (...xs) =>
  bind('scan', xs, {
    jaxpr: record([typed('int32'), f32(3)], (c, x) => [c, ops.exp(x)]),
    length: 5,
    reverse: false,
    unroll: 1,
    consts: 0,
    carries: 1,
  }),
)

/** c' = w·w·c: the carry is a right operand, and written in place when the second product is made. */
const powers = record([f32(48, 48), f32(48, 48)], (...xs) =>
  bind('scan', xs, {
    jaxpr: record([f32(48, 48), f32(48, 48)], (w, c) => [
      ops.mul(matmul(w, matmul(w, c)), constant(1 / 512, 'float32', [48, 48])),
    ]),
    length: 4,
    reverse: false,
    unroll: 1,
    consts: 1,
    carries: 1,
  }),
)

const programs: Readonly<Record<string, Jaxpr>> = {
  'recurrent net': rnn(false),
  'reversed recurrent net': rnn(true),
  'swapped carries': swap,
  'items as whole buffers': sorted,
  'while loop': doubling,
  'loop in a loop': nested,
  'a carry on the right of a product': powers,
  switch: chosen,
  'a carry that stays as it is': unchanged,
}

function close(actual: readonly number[][], expected: readonly number[][]): void {
  expect(actual.map((a) => a.length)).toEqual(expected.map((e) => e.length))
  expected.forEach((values, i) =>
    values.forEach((value, j) => {
      expect(Math.abs((actual[i]?.[j] ?? NaN) - value)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(value)))
    }),
  )
}

function runWasm(jaxpr: Jaxpr): number[][] {
  const backend = createWasmBackend()
  const none = jaxpr.inputs.map(() => false)
  const buffers = jaxpr.inputs.map((v, i) => {
    const data = hostArray(v.aval.dtype, v.aval.size)
    data.set(sample(v.aval, i + 1))
    return backend.put(v.aval, data)
  })
  const results = backend.compile(jaxpr, none).run(buffers, none)
  return results.map((buffer, i) => [...backend.readSync(buffer, jaxpr.outputs[i]?.aval ?? f32())])
}

describe.each(Object.entries(programs))('%s', (_, jaxpr) => {
  it('means the same as kernels', () => {
    const { actual, expected } = runBoth(jaxpr)
    close(actual, expected)
  })
  it('means the same on wasm, in the places of the memory plan', () => {
    close(runWasm(jaxpr), runBoth(jaxpr).expected)
  })
})

describe('carries', () => {
  const bodyOf = (kernels: readonly Kernel[]): readonly Kernel[] =>
    kernels.flatMap((k) => (k.kind === 'repeat' ? k.body : []))

  it('are written in place where nobody looks any more: the body of a running product is one kernel and the counter', () => {
    const body = record([f32(32), f32(32)], (c, x) => [ops.mul(c, x)])
    const program = lowered(
      record([f32(32), f32(9, 32)], (c, x) =>
        bind('scan', [c, x], {
          jaxpr: body,
          length: 9,
          reverse: false,
          unroll: 1,
          consts: 0,
          carries: 1,
        }),
      ),
    )
    expect(bodyOf(program.kernels).length, printKernels(program)).toBe(2)
  })
  it('are copied where the old value is still needed', () => {
    const program = lowered(swap)
    expect(bodyOf(program.kernels).length, printKernels(program)).toBeGreaterThan(3)
  })
})
