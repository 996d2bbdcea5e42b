/** Kernels that differ in nothing but their buffers share code; whatever else differs keeps them apart. */

import { describe, expect, it } from 'vitest'
import { ExprBuilder, type AluName, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { ContractionKernel, Kernel, LoopKernel, Program } from '../../../src/lowering/kernel.js'
import { axesOf, identityPosition, ravel } from '../../../src/lowering/position.js'
import { programText } from '../../../src/lowering/wasm/program.js'
import {
  checkProgram,
  expectClose,
  programOf,
  randomArray,
  runShares,
  type Declaration,
} from '../../support/kernelPrograms.js'
import { interpretProgram } from '../../support/kernelInterpreter.js'

const size = 100
const never = (): never => expect.fail('there is nothing')

function loopOf(
  inputs: readonly number[],
  output: number,
  { name = 'add', constant = 2, count = size }: { name?: AluName; constant?: number; count?: number } = {},
): LoopKernel {
  const b = new ExprBuilder()
  const position = identityPosition<Expr>([count])
  const start = b.constant(constant, 'f32')
  const value = inputs.reduce<Expr>((sum, x) => b.alu(name, sum, b.load(x, 'f32', position)), start)
  return { kind: 'loop', shape: [count], stores: [{ buffer: output, position, value }] }
}

/** c[m, n] = Σ a[m, k] b[k, n] */
function productOf(lhs: number, rhs: number, output: number, n: number): ContractionKernel {
  const b = new ExprBuilder()
  const axes = axesOf<Expr>([1, n, n, n])
  const at = (first: 1 | 3, second: 2 | 3): Position =>
    ravel([axes[first] ?? never(), axes[second] ?? never()], [n, n])
  return {
    kind: 'contraction',
    batch: 1,
    m: n,
    n,
    k: n,
    lhs: b.load(lhs, 'f32', at(1, 3)),
    rhs: b.load(rhs, 'f32', at(3, 2)),
    lane: 'f32',
    stores: [{ buffer: output, position: at(1, 2), value: b.result(0, 'f32') }],
  }
}

const declare = (roles: string, count = size): Declaration[] =>
  [...roles].map((role) => ({
    role: role === 'i' ? 'input' : role === 'o' ? 'output' : 'temporary',
    dtype: 'float32',
    size: count,
  }))

/** How many functions there are for kernels, `run` and helpers not counted. */
const functionsOf = (program: Program, kind: string): number =>
  [
    ...programText(program, { fma: false, shared: false, threads: 1 }).matchAll(
      new RegExp(String.raw`\(func \$${kind}\d+ `, 'g'),
    ),
  ].length

describe('kernels that are alike', () => {
  it('are one function, and each has its own buffers', () => {
    const program = programOf(declare('iioot'), [loopOf([0, 1], 4), loopOf([4, 0], 2), loopOf([1, 4], 3)])
    expect(functionsOf(program, 'loop')).toBe(1)
    checkProgram(program, [randomArray('f32', size, 1), randomArray('f32', size, 2)])
  })

  it.each<readonly [string, Parameters<typeof loopOf>[2], Partial<Declaration>]>([
    ['a constant', { constant: 3 }, {}],
    ['the sign of zero', { constant: -0 }, {}],
    ['an operation', { name: 'mul' }, {}],
    ['the size of a buffer', {}, { size: 104 }],
  ])('are not alike where they differ in %s', (_, options, changed) => {
    const constant = options?.constant === undefined ? 2 : 0
    const declarations = declare('iio').concat({ ...(declare('o')[0] as Declaration), ...changed })
    const program = programOf(declarations, [
      loopOf([0, 1], 2, { constant }),
      loopOf([0, 1], 3, { constant, ...options }),
    ])
    expect(functionsOf(program, 'loop')).toBe(2)
    checkProgram(program, [randomArray('f32', size, 1), randomArray('f32', size, 2)])
  })

  it('are not alike where one uses a buffer twice', () => {
    const program = programOf(declare('iioo'), [loopOf([0, 1], 2), loopOf([1, 1], 3)])
    expect(functionsOf(program, 'loop')).toBe(2)
    checkProgram(program, [randomArray('f32', size, 1), randomArray('f32', size, 2)])
  })

  it('are not alike where one works in place', () => {
    const program = programOf(declare('iottt'), [
      loopOf([0], 2),
      loopOf([2], 3),
      loopOf([3], 4),
      loopOf([4], 1),
    ])
    expect(functionsOf(program, 'loop')).toBe(1)
    const inPlace: Program = {
      ...program,
      plan: {
        ...program.plan,
        places: [0, 1, 2, 3, 4].map((i) => program.plan.places[i === 4 ? 3 : i] ?? never()),
      },
    }
    expect(functionsOf(inPlace, 'loop')).toBe(2)
    const input = randomArray('f32', size, 1)
    expectClose(
      runShares(inPlace, [input], 1)[0] ?? never(),
      interpretProgram(program, [input])[0] ?? never(),
    )
  })
})

describe('products of different sizes', () => {
  it('share the loops of their tiles and the packing of their operands', () => {
    const [n, m] = [96, 64]
    const program = programOf(
      [n, n, n, m, m, m].map((side, i) => ({
        role: i % 3 === 2 ? 'output' : 'input',
        dtype: 'float32',
        size: side * side,
      })),
      [productOf(0, 1, 2, n), productOf(3, 4, 5, m)],
    )
    const text = programText(program, { fma: false, shared: false, threads: 1 })
    for (const name of ['tiles4x8of1_4_8', 'packDepth', 'packLines8']) {
      expect(text.split(`(func $${name} `)).toHaveLength(2)
      expect(text.split(`(call $${name}`)).toHaveLength(3)
    }
    const inputs = [n, n, m, m].map((side, seed) => randomArray('f32', side * side, seed).map((x) => x / 8))
    checkProgram(program, inputs, { rtol: 1e-4, atol: 1e-5 })
  })
})

describe('products that are alike', () => {
  const n = 96
  const kernels = [productOf(0, 1, 5, n), productOf(5, 2, 6, n), productOf(6, 3, 4, n)]
  const inputs = [1, 2, 3, 4].map((seed) => randomArray('f32', n * n, seed).map((x) => x / 8))

  it('pack into scratch memory of their own', () => {
    const program = programOf(declare('iiiiott', n * n), kernels)
    const pieces = functionsOf(program, 'contraction')
    expect(pieces).toBe(functionsOf(programOf(declare('iiiiott', n * n), kernels.slice(0, 1)), 'contraction'))
    checkProgram(program, inputs, { rtol: 1e-4, atol: 1e-5 })
  })

  it('in a loop are prepared before it, each with its own matrix', () => {
    const body: readonly Kernel[] = [productOf(0, 1, 5, n), productOf(5, 2, 6, n)]
    const whole = programOf(declare('iiiiott', n * n), [
      { kind: 'repeat', times: 2, body, firstLocal: 5, endLocal: 5 },
      productOf(6, 3, 4, n),
    ])
    const inLoop = { first: 0, last: 1 }
    const program: Program = { ...whole, times: [inLoop, inLoop, { first: 2, last: 2 }] }
    checkProgram(program, inputs, { rtol: 1e-4, atol: 1e-5 })
  })
})
