import {
  CotangentError,
  checkpoint,
  evalShape,
  grad,
  jit,
  makeJaxpr,
  numpy as np,
  tree,
  valueAndGrad,
  vmap,
  type NDArray,
} from 'cotangent'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { currentInterpreter, withInterpreter, type Interpreter } from '../../../src/core/interpreter.js'
import type { Jaxpr, Params, PrimitiveName } from '../../../src/core/jaxpr.js'
import { installStages } from '../../../src/transforms/index.js'
import { expectSame } from './support.js'

const array = (x: Parameters<typeof np.array>[0]): NDArray => np.array(x, { dtype: 'float64' })

/** The jaxprs of the jit equations that `body` runs. */
function jaxprsRun(body: () => void): Jaxpr[] {
  const run: Jaxpr[] = []
  const base = currentInterpreter()
  const spy: Interpreter = {
    name: 'spy',
    process<P extends PrimitiveName>(primitive: P, inputs: readonly NDArray[], params: Params<P>) {
      if (primitive === 'jit') run.push((params as Params<'jit'>).jaxpr)
      return base.process(primitive, inputs, params)
    },
  }
  withInterpreter(spy, body)
  return run
}

describe('signatures', () => {
  test('one trace for each, and the reason for it', () => {
    const told: string[] = []
    const f = jit(
      function scaled(p: { w: NDArray; more?: NDArray }, k: number) {
        return p.w.mul(k)
      },
      { staticArgnums: 1, onTrace: (reason) => told.push(reason) },
    )
    const w = array([1, 2])
    f({ w }, 2)
    f({ w: array([5, 6]) }, 2)
    expect(f.traces).toEqual(['first call'])
    f({ w }, 3)
    f({ w: array([1, 2, 3]) }, 3)
    f({ w, more: w }, 3)
    f({ w: np.array([1, 2], { dtype: 'int32' }) }, 3)
    f({ w }, 2)
    expect(f.traces).toEqual([
      'first call',
      'static argument 1 changed from 2 to 3',
      'argument 0.w changed from f64[2] to f64[3]',
      'the structure of argument 0 changed',
      'argument 0.w changed from f64[3] to i32[2]',
    ])
    expect(told[0]).toBe('scaled was traced: first call')
    expectSame(f({ w }, 2), array([2, 4]))
  })

  test('static values are compared by what they hold', () => {
    const f = jit((x: NDArray, options: { shape: number[]; name: string }) => x.reshape(options.shape), {
      staticArgnums: [1],
    })
    f(array([1, 2]), { shape: [2, 1], name: 'a' })
    f(array([1, 2]), { shape: [2, 1], name: 'a' })
    expect(f.traces.length).toBe(1)
    expect(f(array([1, 2]), { shape: [1, 2], name: 'a' }).shape).toEqual([1, 2])
    expect(f.traces[1]).toBe(
      'static argument 1 changed from {"shape":[2,1],"name":"a"} to {"shape":[1,2],"name":"a"}',
    )
  })

  test('numbers are arrays; their values do not matter', () => {
    const f = jit((x: NDArray, k: NDArray) => x.mul(k))
    expectSame(f(array([1, 2]), 0.5), array([0.5, 1]))
    expectSame(f(array([1, 2]), 0.25), array([0.25, 0.5]))
    expect(f.traces.length).toBe(1)
  })

  test('registered classes, null and nested lists are trees', () => {
    class Point {
      readonly x: NDArray
      readonly unit: string
      constructor(x: NDArray, unit: string) {
        this.x = x
        this.unit = unit
      }
    }
    tree.registerClass(
      Point,
      (p) => ({ children: [p.x], aux: p.unit }),
      (unit, [x]) => new Point(x as NDArray, unit as string),
    )
    const f = jit((ps: readonly { p: Point; none: null }[]) =>
      ps.map(({ p }) => new Point(p.x.mul(2), p.unit)),
    )
    const call = (unit: string): Point[] => f([{ p: new Point(array([1, 2]), unit), none: null }])
    for (const unit of ['m', 'm', 's', 's', 'm']) {
      const [point] = call(unit)
      expect(point).toBeInstanceOf(Point)
      expect(point?.unit).toBe(unit)
      expectSame(point?.x, array([2, 4]))
    }
    expect(f.traces.length).toBe(2)
  })

  test('the order of keys does not matter', () => {
    const f = jit((p: { a: NDArray; b: NDArray }) => p.a.sub(p.b))
    expectSame(f({ a: array(3), b: array(1) }), array(2))
    expectSame(f({ b: array(1), a: array(3) }), array(2))
    expect(f.traces.length).toBe(1)
  })
})

describe('programs', () => {
  test('results that are not computed come back as they are', () => {
    const f = jit((x: NDArray, y: NDArray) => ({ x, twice: [y.add(1), y], constant: 3, again: x }))
    const x = array([1, 2])
    const out = f(x, array(5))
    expect(out.x).toBe(x)
    expect(out.again).toBe(x)
    expectSame(out, { x, twice: [array(6), array(5)], constant: np.array(3, { dtype: 'int32' }), again: x })
    expectSame(jit(() => np.ones([2]))(), np.ones([2]))
  })

  test('arrays that the function closes over are inputs of the program', () => {
    const weights = array([1, 2])
    const f = jit((x: NDArray) => x.mul(weights).add(weights))
    expectSame(f(array([3, 4])), array([4, 10]))
    const { jaxpr, consts } = makeJaxpr((x: NDArray) => x.mul(weights).add(weights))(array([3, 4]))
    expect(consts.length).toBe(1)
    expect(consts[0]).toBe(weights)
    expect(jaxpr.inputs.length).toBe(2)
  })

  test('a tracer that it closed over does not outlive its trace', () => {
    let held: NDArray = array(1)
    const inner = jit((x: NDArray) => x.mul(held))
    const outer = grad((y: NDArray) => {
      held = y
      return inner(array(3))
    })
    expect(outer(array(2)).item()).toBe(3)
    expect(outer(array(5)).item()).toBe(3)
    expect(inner.traces).toEqual([
      'first call',
      'a value that it closes over belongs to a trace that has ended',
    ])
  })

  test('nested jits stay equations', () => {
    const inner = jit((x: NDArray) => np.sin(x), { name: 'inner' })
    const text = String(makeJaxpr((x: NDArray) => inner(x).mul(2))(array(1)))
    expect(text).toContain('name=inner')
    expectSame(jit((x: NDArray) => inner(x).mul(2))(array(0.5)), array(2 * Math.sin(0.5)), 1e-12)
  })

  test('dead code is dropped', () => {
    const { jaxpr } = makeJaxpr((x: NDArray) => {
      np.exp(np.sin(x))
      return x.add(1)
    })(array(1))
    expect(jaxpr.equations.map((eqn) => eqn.primitive)).toEqual(['add'])
  })

  test('lower shows the stages, those of the device through the hook', () => {
    installStages((jaxpr, donated) => ({
      kernels: `${jaxpr.equations.length} kernels, donated ${donated.join()}`,
    }))
    const f = jit((x: NDArray, y: NDArray) => np.sin(x).mul(y), { donateArgnums: 1 })
    const stages = f.lower({ shape: [3], dtype: 'float64' } as never, array([1, 2, 3]))
    expect(stages['jaxpr']).toContain('b:f64[3]')
    expect(stages['kernels']).toBe('2 kernels, donated false,true')
    installStages(() => ({}))
  })
})

describe('transformed programs', () => {
  const loss = jit((w: NDArray, x: NDArray) => np.tanh(np.matmul(x, w)).sum(), { name: 'loss' })
  const [w, x] = [
    array([[0.1], [0.2]]),
    array([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  ]

  test('grad of jit runs the same executables each time', () => {
    const runs = [1, 2].map(() => jaxprsRun(() => void valueAndGrad(loss)(w, x)))
    expect(runs[0]?.length).toBe(2)
    runs[0]?.forEach((jaxpr, i) => expect(jaxpr).toBe(runs[1]?.[i]))
    expectSame(grad(loss)(w, x), jit(grad((v: NDArray) => np.tanh(np.matmul(x, v)).sum()))(w))
  })

  test('nothing that is known already is kept twice', () => {
    const f = jit((a: NDArray, b: NDArray) => a.mul(b).mul(b))
    const [forward] = jaxprsRun(() => void grad((a: NDArray) => f(a, array(3)))(array(2)))
    // Two results: the value, and b² or b (an argument is not a residual).
    expect(forward?.outputs.length).toBe(1)
  })

  test('checkpoint keeps only its arguments', () => {
    const body = (a: NDArray): NDArray => np.sin(np.sin(np.sin(a)))
    const kept = (f: (a: NDArray) => NDArray): number =>
      jaxprsRun(() => void grad((a: NDArray) => jit(f)(a))(array(2)))[0]?.outputs.length ?? 0
    expect(kept(body)).toBe(4)
    expect(kept(checkpoint(body))).toBe(1)
    expectSame(grad((a: NDArray) => checkpoint(body)(a))(array(2)), grad(body)(array(2)), 1e-12)
  })

  test('vmap of jit is one program', () => {
    const f = jit((a: NDArray) => np.sin(a).sum())
    const runs = jaxprsRun(() => void vmap(f)(x))
    expect(runs.length).toBe(1)
    expectSame(vmap(f)(x), np.sin(x).sum(1), 1e-12)
  })
})

describe('donation', () => {
  const gone = { code: 'disposedArray' }
  test('ends the arrays that were given away', () => {
    const f = jit((p: { a: NDArray; b: NDArray }, x: NDArray) => ({ a: p.a.add(x), b: p.b }), {
      donateArgnums: 0,
    })
    const p = { a: array([1, 2]), b: array([3, 4]) }
    const x = array([10, 10])
    const out = f(p, x)
    expectSame(out, { a: array([11, 12]), b: array([3, 4]) })
    expect(() => p.a.add(1)).toThrow(expect.objectContaining(gone))
    expectSame(x, array([10, 10]))
  })

  test('ends unused ones too, but not those that come back', () => {
    const f = jit((_: NDArray, b: NDArray) => b, { donateArgnums: [0, 1] })
    const [a, b] = [array([1]), array([2])]
    expect(f(a, b)).toBe(b)
    expectSame(b, array([2]))
    const g = jit((_: NDArray, y: NDArray) => y.mul(2), { donateArgnums: [0] })
    const unused = array([1])
    g(unused, b)
    expect(() => unused.add(1)).toThrow(expect.objectContaining(gone))
  })

  test('means nothing inside another transformation', () => {
    const f = jit((a: NDArray) => a.mul(a), { donateArgnums: 0 })
    const a = array(3)
    expect(grad(f)(a).item()).toBe(6)
    expect(jit(f)(a).item()).toBe(9)
    expect(vmap(f)(array([1, 2])).js()).toEqual([1, 4])
    expect(a.item()).toBe(3)
  })
})

test('types are kept', () => {
  const f = jit((p: { w: NDArray }, k: number) => ({ scaled: p.w.mul(k), names: ['a'] }), {
    staticArgnums: 1,
  })
  expectTypeOf<ReturnType<typeof f>>().toEqualTypeOf<{ scaled: NDArray; names: string[] }>()
  expectTypeOf(f).parameter(1).toEqualTypeOf<number>()
  const y = evalShape((x: NDArray) => ({ y: x.sum(0) }), { shape: [2, 3], dtype: 'float32' })
  expect(y).toEqual({ y: { shape: [3], dtype: 'float32' } })
})

describe('mistakes', () => {
  const x = array([1, 2])
  let leak: NDArray = x
  const leaking = jit((a: NDArray) => {
    leak = a.mul(2)
    return a.sum()
  })
  test.each([
    [
      'an async function',
      () => jit(async (a: NDArray) => a)(x),
      'asyncFunction',
      /returned a Promise, but tracing is synchronous/,
    ],
    [
      'an argument that is no array',
      () => jit((a: NDArray, s: string) => a.add(s.length))(x, 'text'),
      'argument',
      /argument 1 must be an array or a number, got "text".*staticArgnums/,
    ],
    [
      'a result that is no array',
      () => jit((a: NDArray) => ({ a, name: 'text' }))(x),
      'argument',
      /the result\.name must be an array/,
    ],
    [
      'reading a traced value',
      () => jit((a: NDArray) => (a.sum().item() > 0 ? a : a.neg()))(x),
      'concreteValue',
      /tracer f64\[\] is not known while jit of a function is tracing/,
    ],
    [
      'static argnums out of range',
      () => jit((a: NDArray) => a, { staticArgnums: 3 })(x),
      'argnums',
      /staticArgnums.*argnums 3/,
    ],
    [
      'donate argnums out of range',
      () => jit((a: NDArray) => a, { donateArgnums: -3 })(x),
      'argnums',
      /donateArgnums.*argnums -3/,
    ],
    [
      'a leaked tracer',
      () => (leaking(x), leak.add(1)),
      'leakedTracer',
      /tracer f64\[2\] of jit of a function, made at .*jit\.test\.ts:\d+:\d+, was used after its trace ended/,
    ],
    [
      'a leaked tracer in another trace',
      () => (leaking.lower(x), jit((a: NDArray) => a.add(leak))(x)),
      'leakedTracer',
      /made at .*jit\.test\.ts/,
    ],
    [
      'a leaked tracer that is returned',
      () => grad((_: NDArray) => leak.sum())(x),
      'leakedTracer',
      /after its trace ended/,
    ],
    ['reading a leaked tracer', () => leak.item(), 'leakedTracer', /after its trace ended/],
  ])('%s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })

  test('a leaked gradient tracer is told from where', () => {
    let held: NDArray = x
    grad((a: NDArray) => {
      held = a.mul(2)
      return a.sum()
    })(x)
    expect(() => held.add(1)).toThrow(/tracer f64\[2\] of grad of a function, made at .*jit\.test\.ts:\d+/)
  })
})
