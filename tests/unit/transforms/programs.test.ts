import { checkpoint, jit, makeJaxpr, numpy as np, type NDArray } from 'cotangent'
import { describe, expect, test } from 'vitest'
import { dceJaxpr } from '../../../src/core/dce.js'
import type { Jaxpr } from '../../../src/core/jaxpr.js'
import { primitiveNames } from '../../../src/core/primitives/index.js'
import { evalJaxpr } from '../../../src/transforms/index.js'
import { jvpRules } from '../../../src/transforms/jvp/index.js'
import { partialEvalJaxpr } from '../../../src/transforms/partialEval.js'
import { transposeRules } from '../../../src/transforms/transpose/index.js'
import { batchRules } from '../../../src/transforms/vmap/index.js'
import { expectSame } from './support.js'

const array = (x: Parameters<typeof np.array>[0]): NDArray => np.array(x, { dtype: 'float64' })
const scalar = { shape: [], dtype: 'float64' } as const
const names = (jaxpr: Jaxpr): string => jaxpr.equations.map((eqn) => eqn.primitive).join(' ')

describe('the rule tables', () => {
  const holes = (table: Readonly<Record<string, unknown>>): string[] =>
    primitiveNames.filter((name) => {
      const entry = table[name]
      return typeof entry === 'object' && entry !== null && 'kind' in entry && entry.kind === 'todo'
    })
  test('have exactly these holes', () => {
    expect({ jvp: holes(jvpRules), transpose: holes(transposeRules), vmap: holes(batchRules) }).toEqual({
      jvp: [],
      transpose: ['customVjp'],
      vmap: [],
    })
  })
})

describe('dceJaxpr', () => {
  test('drops equations, and results and arguments of calls', () => {
    const inner = jit((x: NDArray, y: NDArray) => [np.sin(x), np.cos(y), np.exp(y)], { name: 'inner' })
    const { jaxpr } = makeJaxpr((x: NDArray, y: NDArray) => inner(x, y)[0])(scalar, scalar)
    const [call] = jaxpr.equations
    expect(call?.inputs.length).toBe(1)
    expect(call?.primitive === 'jit' ? names(call.params.jaxpr) : '').toBe('sin')
    const both = makeJaxpr((x: NDArray, y: NDArray) => [np.sin(x), np.cos(y)])(scalar, scalar).jaxpr
    expect(names(dceJaxpr(both, [false, true]))).toBe('cos')
  })
})

describe('partialEvalJaxpr', () => {
  const split = (
    f: (...xs: NDArray[]) => unknown,
    unknown: readonly boolean[],
  ): ReturnType<typeof partialEvalJaxpr> =>
    partialEvalJaxpr(makeJaxpr(f)(...unknown.map(() => scalar)).jaxpr, unknown)

  test('puts each equation on its side and passes on what is needed', () => {
    const parts = split((x, dx) => [x.mul(2), np.sin(x).mul(dx)], [false, true])
    expect([names(parts.known), names(parts.unknown)]).toEqual(['mul sin', 'mul'])
    expect(parts.unknownOutputs).toEqual([false, true])
    expect(parts.residuals).toEqual([{ kind: 'result', index: 1 }])
  })

  test('takes an argument from outside, and what is an output already from there', () => {
    const parts = split(
      (x, dx) => {
        const y = np.exp(x)
        return [y, y.mul(dx), x.mul(dx)]
      },
      [false, true],
    )
    expect(parts.known.outputs.length).toBe(1)
    expect(parts.residuals).toEqual([
      { kind: 'result', index: 0 },
      { kind: 'input', index: 0 },
    ])
  })

  test('makes constants again instead of keeping them', () => {
    const parts = split(
      (dx) => np.full([1000], 3, { dtype: 'float64' }).mul(np.broadcastTo(dx, [1000])),
      [true],
    )
    expect(parts.residuals).toEqual([])
    expect(parts.known.outputs.length).toBe(0)
  })

  test('splits inner calls, and hands on what they only pass through', () => {
    const inner = jit((x: NDArray, dx: NDArray) => [x, np.sin(x), np.sin(x).mul(dx)])
    const parts = split((x, dx) => inner(x, dx), [false, true])
    expect(parts.unknownOutputs).toEqual([false, false, true])
    expect(parts.knownSources[0]).toEqual({ kind: 'input', index: 0 })
    expect([names(parts.known), names(parts.unknown)]).toEqual(['jit', 'jit'])
  })

  test('does the work of a checkpoint again', () => {
    const inner = checkpoint((x: NDArray, dx: NDArray) => [np.sin(x), np.sin(x).mul(dx)])
    const parts = split((x, dx) => inner(x, dx), [false, true])
    expect(parts.residuals).toEqual([{ kind: 'input', index: 0 }])
    expect([names(parts.known), names(parts.unknown)]).toEqual(['checkpoint', 'checkpoint'])
  })
})

test('evalJaxpr of makeJaxpr is the function', () => {
  const w = array([2, 3])
  const f = (x: NDArray): NDArray[] => [np.tanh(x.mul(w)).sum(), x, np.ones([2])]
  const { jaxpr, consts } = makeJaxpr(f)(array([1, 2]))
  expectSame(evalJaxpr(jaxpr, [...consts, array([1, 2])]), f(array([1, 2])))
})

test('makeJaxpr prints', () => {
  expect(makeJaxpr((x: NDArray) => np.sin(x))(scalar).toString()).toBe(
    '{ lambda ; a:f64[]. let\n    b:f64[] = sin a\n  in (b,) }',
  )
})
