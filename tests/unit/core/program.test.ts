/**
 * Programs: printing, verification, abstract rules, and the mistakes that both report.
 */

import { describe, expect, test } from 'vitest'
import { avalOf, showAval } from '../../../src/core/aval.js'
import { InvariantError } from '../../../src/core/errors.js'
import { makeEquation, makeLiteral, makeVar, subJaxprs, type Jaxpr } from '../../../src/core/jaxpr.js'
import { printEqn, printJaxpr } from '../../../src/core/print.js'
import { abstractEval, primitiveNames } from '../../../src/core/primitives/index.js'
import { verifyJaxpr } from '../../../src/core/verify.js'

const vector = avalOf([3], 'float32')
const scalar = avalOf([], 'float32')

/** (x) → (sum(exp x · 2), x) */
function sample(): Jaxpr {
  const [x, two, y, z, sum] = [
    makeVar(vector),
    makeVar(vector),
    makeVar(vector),
    makeVar(vector),
    makeVar(scalar),
  ]
  return {
    inputs: [x],
    equations: [
      makeEquation('broadcastInDim', [makeLiteral(2, 'float32')], [two], {
        shape: [3],
        broadcastDimensions: [],
      }),
      makeEquation('exp', [x], [y], {}),
      makeEquation('mul', [y, two], [z], {}),
      makeEquation('reduceSum', [z], [sum], { axes: [0] }),
    ],
    outputs: [sum, x],
  }
}

describe('avals', () => {
  test('are interned', () => {
    expect(avalOf([2, 3], 'int8')).toBe(avalOf([2, 3], 'int8'))
    expect(avalOf([2, 3], 'int8')).not.toBe(avalOf([2, 3], 'uint8'))
    expect([
      showAval(avalOf([2, 3], 'bfloat16')),
      showAval(avalOf([], 'bool')),
      avalOf([2, 3], 'int8').size,
    ]).toEqual(['bf16[2,3]', 'bool[]', 6])
  })
})

describe('printing', () => {
  test('shows a program in JAX notation', () => {
    expect(printJaxpr(sample())).toBe(
      `{ lambda ; a:f32[3]. let
    b:f32[3] = broadcastInDim[shape=[3] broadcastDimensions=[]] 2:f32[]
    c:f32[3] = exp a
    d:f32[3] = mul c b
    e:f32[] = reduceSum[axes=[0]] d
  in (e, a) }`,
    )
  })
  test('nests programs', () => {
    const inner = sample()
    const x = makeVar(vector)
    const outputs = [makeVar(scalar), makeVar(vector)]
    const outer: Jaxpr = {
      inputs: [x],
      equations: [makeEquation('jit', [x], outputs, { jaxpr: inner, name: 'f', donated: [false] })],
      outputs,
    }
    expect(printJaxpr(outer)).toContain('b:f32[] c:f32[3] = jit[jaxpr={ lambda ; a:f32[3]. let')
    expect(printJaxpr(outer)).toContain('name=f donated=[false]] a')
    expect(outer.equations.flatMap(subJaxprs)).toEqual([inner])
  })
  test('tells the two zeros apart, and uses names beyond z', () => {
    const output = makeVar(scalar)
    expect(printEqn(makeEquation('neg', [makeLiteral(-0, 'float32')], [output], {}))).toBe(
      'a:f32[] = neg -0:f32[]',
    )
    const inputs = Array.from({ length: 28 }, () => makeVar(scalar))
    expect(printJaxpr({ inputs, equations: [], outputs: [] })).toContain('z:f32[] aa:f32[] ab:f32[]')
  })
})

describe('verification', () => {
  const broken = (change: (jaxpr: Jaxpr) => Jaxpr) => () => verifyJaxpr(change(sample()), 'after a pass')
  test('accepts what is well formed', () => {
    expect(broken((jaxpr) => jaxpr)).not.toThrow()
  })
  test('finds an undefined variable, naming stage and equation', () => {
    expect(broken((jaxpr) => ({ ...jaxpr, equations: jaxpr.equations.slice(1) }))).toThrow(
      'cotangent bug: after a pass: an undefined variable is used in c:f32[3] = mul a b',
    )
    expect(broken((jaxpr) => ({ ...jaxpr, outputs: [makeVar(scalar)] }))).toThrow(
      'an undefined variable is used in the outputs of',
    )
    expect(broken((jaxpr) => ({ ...jaxpr, equations: jaxpr.equations.slice(1) }))).toThrow(InvariantError)
  })
  test('finds a variable that is defined twice', () => {
    expect(
      broken((jaxpr) => ({ ...jaxpr, equations: [...jaxpr.equations, ...jaxpr.equations.slice(1, 2)] })),
    ).toThrow('a variable is defined twice in')
  })
  test('finds an output with the wrong aval', () => {
    const [x, y] = [makeVar(vector), makeVar(scalar)]
    expect(() =>
      verifyJaxpr({ inputs: [x], equations: [makeEquation('exp', [x], [y], {})], outputs: [y] }, 'jvp'),
    ).toThrow('jvp: outputs should be f32[3] in b:f32[] = exp a')
  })
  test('looks into inner programs', () => {
    const [x, y] = [makeVar(scalar), makeVar(scalar)]
    const inner = sample()
    const call = makeEquation('jit', [x], [y, makeVar(vector)], { jaxpr: inner, name: 'f', donated: [false] })
    expect(() => verifyJaxpr({ inputs: [x], equations: [call], outputs: [y] }, 'vmap')).toThrow(
      'vmap: inputs do not fit the inner jaxpr',
    )
  })
})

describe('abstract rules', () => {
  const a = (shape: readonly number[], dtype: Parameters<typeof avalOf>[1] = 'float32') =>
    avalOf(shape, dtype)
  test('exist for every primitive', () => {
    expect(primitiveNames.length).toBeGreaterThan(90)
    expect(new Set(primitiveNames).size).toBe(primitiveNames.length)
  })
  test('compute shapes', () => {
    expect(
      abstractEval('pad', [a([4]), scalar], { config: [{ low: 1, high: -1, interior: 2 }] })[0]?.shape,
    ).toEqual([10])
    expect(abstractEval('slice', [a([10])], { start: [1], limit: [8], strides: [3] })[0]?.shape).toEqual([3])
    expect(
      abstractEval('dotGeneral', [a([5, 2, 3]), a([3, 5, 4])], {
        lhsContract: [2],
        rhsContract: [0],
        lhsBatch: [0],
        rhsBatch: [1],
      })[0]?.shape,
    ).toEqual([5, 2, 4])
    expect(abstractEval('concatenate', [a([2, 3]), a([2, 1])], { dimension: 1 })[0]?.shape).toEqual([2, 4])
    expect(abstractEval('argmax', [a([2, 3])], { axis: 1, dtype: 'int32' })[0]).toBe(a([2], 'int32'))
    expect(abstractEval('eq', [a([2]), a([2])], {})[0]).toBe(a([2], 'bool'))
  })
  test('explain mistakes', () => {
    expect(() => abstractEval('exp', [a([2], 'int32')], {})).toThrow(
      'exp: a float dtype, got int32. Convert with astype.',
    )
    expect(() => abstractEval('select', [a([2]), a([2]), a([2])], {})).toThrow(
      'select: a bool predicate, got float32. Compare, for instance x.notEqual(0).',
    )
    expect(() => abstractEval('reshape', [a([2, 3])], { shape: [4] })).toThrow(
      'reshape: the same number of elements (6 and 4), got shapes [2, 3] and [4].',
    )
    expect(() => abstractEval('transpose', [a([2, 3])], { permutation: [0, 0] })).toThrow(
      'Name each axis exactly once.',
    )
    expect(() => abstractEval('reduceSum', [a([2], 'bool')], { axes: [0] })).toThrow(
      'reduceSum: a number dtype, got bool.',
    )
    expect(() => abstractEval('reduceSum', [a([2])], { axes: [1] })).toThrow(
      'reduceSum: axis [1] is not valid for an array of shape [2]',
    )
    expect(() => abstractEval('argmax', [a([0])], { axis: 0, dtype: 'int32' })).toThrow(
      'argmax: at least one element along axis 0, got shape [0].',
    )
    expect(() =>
      abstractEval('dotGeneral', [a([2, 3]), a([2, 3])], {
        lhsContract: [1],
        rhsContract: [0],
        lhsBatch: [],
        rhsBatch: [],
      }),
    ).toThrow(
      'dotGeneral: contracting axes of equal size (lhs axes [1], rhs axes [0]), got shapes [2, 3] and [2, 3].',
    )
    expect(() => abstractEval('concatenate', [], { dimension: 0 })).toThrow(
      'concatenate: operands must be at least one array, got none.',
    )
    expect(() => abstractEval('bitcast', [a([2])], { dtype: 'uint8' })).toThrow(
      'bitcast: two dtypes of the same width, got float32 and uint8.',
    )
    expect(() => abstractEval('dynamicSlice', [a([4]), scalar], { sliceSizes: [2] })).toThrow(
      'dynamicSlice: rank-0 integer start indices, got float32.',
    )
    expect(() => abstractEval('threefry2x32', [a([2]), a([2]), a([2]), a([2])], {})).toThrow(
      'threefry2x32: four uint32 arrays of one shape',
    )
  })
})
