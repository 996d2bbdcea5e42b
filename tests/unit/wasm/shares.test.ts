/** Every thread computes its share of a step: the shares together give what one thread gives. */

import { describe, expect, it } from 'vitest'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { Kernel, Program } from '../../../src/lowering/kernel.js'
import { programText } from '../../../src/lowering/wasm/program.js'
import { axesOf, axisPosition, identityPosition, ravel } from '../../../src/lowering/position.js'
import { interpretProgram } from '../../support/kernelInterpreter.js'
import { expectClose, programOf, randomArray, runShares } from '../../support/kernelPrograms.js'
import type { LaneArray } from '../../support/laneArithmetic.js'
import { softmaxKernel } from '../../support/reduceKernels.js'

function checkShares(program: Program, inputs: readonly LaneArray[], steps = 1): void {
  const expected = interpretProgram(program, inputs)
  for (const threads of [1, 2, 3, 7]) {
    runShares(program, inputs, threads, steps).forEach((actual, i) =>
      expectClose(actual, expected[i] as LaneArray, { rtol: 1e-5, atol: 1e-5 }),
    )
  }
}

/** A program from one operand to one result. */
const unary = (from: number, to: number, kernel: Kernel): Program =>
  programOf(
    [
      { role: 'input', dtype: 'float32', size: from },
      { role: 'output', dtype: 'float32', size: to },
    ],
    [kernel],
  )

describe('shares', () => {
  it.each([
    [],
    [1],
    [5],
    [64],
    [150],
    [3, 7],
    [9, 1, 5],
    [2, 40],
    [2, 9001],
    [3, 2, 3331],
    [3, 7, 900],
  ] as Shape[])('of loops over %j', (...shape) => {
    const b = new ExprBuilder()
    const at = identityPosition<Expr>(shape)
    // The position keeps the axes apart; the last ones are not a whole vector.
    const value = b.alu(
      'add',
      b.load(0, 'f32', at),
      b.cast(b.position(axisPosition(0, shape[0] ?? 1)), 'f32'),
    )
    const size = sizeOf(shape)
    checkShares(unary(size, size, { kind: 'loop', shape, stores: [{ buffer: 1, position: at, value }] }), [
      randomArray('f32', size),
    ])
  })

  it('of loops over few rows are many', () => {
    for (const shape of [
      [2, 20_000],
      [1, 5, 9000],
      [2, 2, 300, 40],
    ]) {
      const b = new ExprBuilder()
      const at = identityPosition<Expr>(shape)
      const row = b.load(0, 'f32', axisPosition(shape.length - 1, shape.at(-1) ?? 1))
      const value = b.alu('mul', b.load(0, 'f32', at), row)
      const size = sizeOf(shape)
      const program = unary(size, size, { kind: 'loop', shape, stores: [{ buffer: 1, position: at, value }] })
      // The run function holds the number of units of its step.
      const units = /i32.div_u \(i32.add \(i32.const (\d+)\)/.exec(
        programText(program, { fma: false, shared: false, threads: 1 }),
      )
      expect(Number(units?.[1])).toBeGreaterThanOrEqual(15)
      checkShares(program, [randomArray('f32', size)])
    }
  })

  it.each([
    [9, 6],
    [4, 4],
    [3, 10],
    [30, 3],
  ])('of transpositions of [%d, %d]', (m, n) => {
    const b = new ExprBuilder()
    const [i, j] = axesOf<Expr>([n, m]) as [Position, Position]
    const value = b.load(0, 'f32', ravel([j, i], [m, n]))
    const stores = [{ buffer: 1, position: identityPosition<Expr>([n, m]), value }]
    checkShares(unary(m * n, m * n, { kind: 'loop', shape: [n, m], stores }), [randomArray('f32', m * n)])
  })

  it.each([
    [[13, 9], 0],
    [[13, 9], 1],
    [[5, 6, 7], 1],
    [[40], 0],
    [[2, 50], 0],
    [[3, 7, 2, 5], 3],
    [[2, 4, 4000], 1],
    [[40, 3], 1],
  ] as [Shape, number][])('of reductions of %j over axis %d', (shape, axis) => {
    const b = new ExprBuilder()
    const axes = axesOf<Expr>(shape)
    const kept = axes.flatMap((p, i) => (i === axis ? [] : [{ p, n: shape[i] ?? 1 }]))
    const position = ravel(
      kept.map((k) => k.p),
      kept.map((k) => k.n),
    )
    const value = b.load(0, 'f32', identityPosition(shape))
    const size = sizeOf(shape)
    const kernel: Kernel = {
      kind: 'reduce',
      shape,
      reduced: [axis],
      stages: [[{ index: 0, combiner: 'sum', value, lane: 'f32' }]],
      rowStores: [{ buffer: 1, position, value: b.result(0, 'f32') }],
      elementStores: [],
    }
    checkShares(unary(size, size / (shape[axis] ?? 1), kernel), [randomArray('f32', size)])
  })

  it.each([
    [[40_003], 0],
    [[300, 70], 0],
    [[3, 80, 90], 1],
  ] as [Shape, number][])('of the parts of softmax of %j along %d, bit by bit', (shape, axis) => {
    const size = sizeOf(shape)
    const program = programOf(
      [
        { role: 'input', dtype: 'float32', size },
        { role: 'output', dtype: 'float32', size: size / (shape[axis] ?? 1) },
        { role: 'output', dtype: 'float32', size },
      ],
      [softmaxKernel(shape, axis)],
    )
    const [one, ...others] = [1, 2, 3, 7].map((threads) =>
      runShares(program, [randomArray('f32', size)], threads, 5),
    )
    for (const shared of others) shared.forEach((result, i) => expect(result).toEqual(one?.[i]))
  })

  it('of running sums and of scatters, which one thread does', () => {
    const b = new ExprBuilder()
    const cumulative: Kernel = {
      kind: 'cumulative',
      combiner: 'sum',
      lane: 'f32',
      outer: 5,
      length: 4,
      inner: 3,
      reverse: true,
      input: 0,
      output: 1,
    }
    checkShares(unary(60, 60, cumulative), [randomArray('f32', 60)])
    const at = axisPosition<Expr>(0, 20)
    const scatter: Kernel = {
      kind: 'scatter',
      shape: [20],
      target: 1,
      position: at,
      guard: null,
      value: b.load(0, 'f32', at),
      combiner: 'add',
    }
    checkShares(unary(20, 20, scatter), [randomArray('f32', 20)])
  })
})
