import {
  checkpoint,
  CotangentError,
  customJvp,
  customVjp,
  grad,
  jacfwd,
  jit,
  jvp,
  numpy as np,
  vjp,
  vmap,
  type NDArray,
} from 'cotangent'
import { describe, expect, test } from 'vitest'
import { expectSame } from './support.js'

const array = (x: Parameters<typeof np.array>[0]): NDArray => np.array(x, { dtype: 'float64' })

describe('customJvp', () => {
  /** sin with ten times its derivative, so that the rule shows. */
  const loud = customJvp((x: NDArray) => np.sin(x))
  loud.defjvp(([x], [dx]) => [loud(x), dx.mul(10).mul(np.cos(x))])
  const tenCos = (x: NDArray): NDArray => np.cos(x).mul(10)
  const x = array([0.1, 0.5])

  test('its rule holds under every transformation', () => {
    expectSame(loud(x), np.sin(x))
    expectSame(jvp(loud, [x], [np.onesLike(x)])[1], tenCos(x))
    const sum = (v: NDArray): NDArray => loud(v).sum()
    for (const f of [
      grad(sum),
      jit(grad(sum)),
      grad(jit(sum)),
      grad(checkpoint(sum)),
      vmap(grad((v: NDArray) => loud(v))),
      grad((v: NDArray) => vmap(loud)(v).sum()),
      grad(jit((v: NDArray) => vmap(jit(loud))(v).sum())),
    ]) {
      expectSame(f(x), tenCos(x), 1e-12)
    }
  })

  test('it is traced once for arguments like these', () => {
    let runs = 0
    const f = customJvp((v: NDArray) => {
      runs++
      return np.sin(v)
    })
    f.defjvp(([v], [dv]) => [f(v), dv])
    for (let i = 0; i < 3; i++) expectSame(grad((v: NDArray) => f(v).sum())(x), array([1, 1]))
    expect(runs).toBe(1)
    f(array(1))
    expect(runs).toBe(2)
  })

  test('a value of a trace that it closed over is not kept', () => {
    let held = array(1)
    const f = customJvp((v: NDArray) => v.mul(held))
    f.defjvp(([v], [dv]) => [v.mul(held), dv.mul(held)])
    const outer = jit((w: NDArray) => {
      held = w
      return f(array(3))
    })
    expect([outer(array(2)).item(), jit(outer)(array(5)).item()]).toEqual([6, 15])
    held = array(7)
    expect(f(array(3)).item()).toBe(21)
  })

  test('derivatives of the rule are those of its program', () => {
    const second = grad((v: NDArray) => grad((u: NDArray) => loud(u))(v))
    expectSame(second(array(0.3)), array(-10 * Math.sin(0.3)), 1e-12)
  })

  test('batches by argument, with arguments that items share', () => {
    const f = customJvp((a: NDArray, b: NDArray) => a.mul(b))
    f.defjvp(([a, b], [da, db]) => [a.mul(b), da.mul(b).mul(2).add(db.mul(a).mul(3))])
    const shared = grad((a: NDArray, b: NDArray) => vmap(f, [0, null])(a, b).sum(), { argnums: [0, 1] })
    expectSame(shared(array([1, 2, 3]), array(5)), [array([10, 10, 10]), array(18)])
  })

  test('defjvps adds up the arguments', () => {
    const f = customJvp((a: NDArray, b: NDArray) => a.mul(b))
    f.defjvps((da, out, a) => da.mul(out).div(a), null)
    expectSame(grad((a: NDArray, b: NDArray) => f(a, b), { argnums: [0, 1] })(array(2), array(5)), [
      array(5),
      array(0),
    ])
  })

  test('trees and integers go through', () => {
    const f = customJvp((p: { x: NDArray; n: NDArray }) => [p.x.mul(p.n), p.n])
    f.defjvp(([p], [dp]) => [
      [p.x.mul(p.n), p.n],
      [dp.x.mul(100), dp.n],
    ])
    const n = np.array(3, { dtype: 'int32' })
    expect(grad((x: NDArray) => f({ x, n })[0] as NDArray)(array(2)).item()).toBe(100)
  })

  test('closes over arrays, and over values of a surrounding jit', () => {
    const f = (x: NDArray, w: NDArray): NDArray => {
      const g = customJvp((a: NDArray) => a.mul(w))
      g.defjvp(([a], [da]) => [a.mul(w), da.mul(w).mul(2)])
      return g(x)
    }
    expect(jit(grad(f))(array(1), array(4)).item()).toBe(8)
    expect(vmap(grad(f), [0, null])(array([1, 1]), array(4)).js()).toEqual([8, 8])
  })

  const bad = (result: (x: NDArray, dx: NDArray) => unknown): (() => unknown) => {
    const f = customJvp((a: NDArray) => a.mul(2))
    f.defjvp((([a]: [NDArray], [da]: [NDArray]) => result(a, da)) as never)
    return () => jvp(f, [x], [x])
  }
  test.each([
    ['no rule', () => customJvp((a: NDArray) => a)(x), 'argument', /set with \.defjvp\(rule\)/],
    ['no tangent', bad((a) => [a]), 'argument', /a list \[out, tangentOut\], got a list of 1/],
    [
      'a tangent of another shape',
      bad((a, da) => [a, da.sum()]),
      'shape',
      /the output tangent must be f64\[2\], got shape \[\]/,
    ],
    ['an output of another structure', bad((a, da) => [[a], da]), 'tree', /structures differ at the root/],
    [
      'a differentiated closure',
      () =>
        grad((w: NDArray) => {
          const g = customJvp((a: NDArray) => a.mul(w))
          g.defjvp(([a], [da]) => [a.mul(w), da])
          return g(array(1))
        })(array(2)),
      'notDifferentiable',
      /closes over a value that is being differentiated.*as an argument/,
    ],
  ])('refuses %s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})

describe('customVjp', () => {
  /** x·y with gradients (2 y ct, 3 x ct). */
  const f = customVjp((x: NDArray, y: NDArray) => x.mul(y))
  f.defvjp(
    (x, y) => [x.mul(y), { x, y, label: 'residual' }],
    ({ x, y, label }, ct) => {
      return label === 'residual' ? [ct.mul(y).mul(2), ct.mul(x).mul(3)] : [null, null]
    },
  )
  const [x, y] = [array([1, 2]), array([5, 7])]
  const expected = [array([10, 14]), array([3, 6])]

  test('its rule holds under every transformation', () => {
    expectSame(f(x, y), array([5, 14]))
    const sum = (a: NDArray, b: NDArray): NDArray => f(a, b).sum()
    const gradient = (g: typeof sum): ((a: NDArray, b: NDArray) => NDArray[]) => grad(g, { argnums: [0, 1] })
    for (const g of [
      gradient(sum),
      jit(gradient(sum)),
      gradient(jit(sum)),
      gradient(checkpoint(sum)),
      gradient((a, b) => vmap(f)(a, b).sum()),
      gradient(jit((a, b) => vmap(jit(f))(a, b).sum())),
    ]) {
      expectSame(g(x, y), expected)
    }
    expectSame(vmap(gradient((a, b) => f(a, b)))(x, y), expected)
  })

  test('what items share gets the sum of their cotangents', () => {
    const g = grad((a: NDArray, b: NDArray) => vmap(f, [0, null])(a, b).sum(), { argnums: [0, 1] })
    expectSame(g(x, array(5)), [array([10, 10]), array(9)])
    const outside = vmap(
      grad((a: NDArray, b: NDArray) => f(a, b), { argnums: [0, 1] }),
      [0, null],
    )
    expectSame(outside(x, array(5)), [array([10, 10]), array([3, 6])])
  })

  test('the backward rule can be differentiated', () => {
    const first = grad((a: NDArray) => f(a, a))
    // (2a + 3a)' = 5
    expect(first(array(4)).item()).toBe(20)
    expect(grad(first)(array(4)).item()).toBe(5)
    expect(jvp(first, [array(4)], [array(2)])[1].item()).toBe(10)
    expect(jit(grad(jit(first)))(array(4)).item()).toBe(5)
  })

  test('null stands for zeros, and integers need no cotangent', () => {
    const g = customVjp((p: { a: NDArray; b: NDArray }, n: NDArray) => p.a.mul(n))
    g.defvjp(
      (p, n) => [p.a.mul(n), n],
      (n, ct) => [{ a: ct.mul(n), b: null }, null],
    )
    const n = np.array(3, { dtype: 'int32' })
    const [, pullback] = vjp((p: { a: NDArray; b: NDArray }) => g(p, n), [{ a: array(2), b: array([1, 1]) }])
    expectSame(pullback(array(1)), [{ a: array(3), b: array([0, 0]) }])
  })

  const bad = (result: (ct: NDArray) => unknown): (() => unknown) => {
    const g = customVjp((a: NDArray) => a.mul(2))
    g.defvjp((a) => [a.mul(2), null], ((_: null, ct: NDArray) => result(ct)) as never)
    return () => grad((a: NDArray) => g(a).sum())(x)
  }
  test.each([
    ['no rule', () => customVjp((a: NDArray) => a)(x), 'argument', /set with \.defvjp\(forward, backward\)/],
    ['forward mode', () => jvp(f, [x, y], [x, y]), 'notDifferentiable', /forward mode.*customJvp/],
    [
      'forward mode of a compiled function',
      () => jvp(jit(f), [x, y], [x, y]),
      'notDifferentiable',
      /forward mode.*customJvp/,
    ],
    ['jacfwd', () => jacfwd(f)(x, y), 'notDifferentiable', /forward mode/],
    [
      'a cotangent that is not in a list',
      bad((ct) => ct),
      'argument',
      /one cotangent for each of the 1 arguments/,
    ],
    [
      'a cotangent of another shape',
      bad((ct) => [ct.sum()]),
      'shape',
      /the cotangent must be f64\[2\], got shape \[\]/,
    ],
    [
      'a differentiated closure',
      () =>
        grad((w: NDArray) => {
          const g = customVjp((a: NDArray) => a.mul(w))
          g.defvjp(
            (a) => [a.mul(w), null],
            (_, ct) => [ct],
          )
          return g(array(1))
        })(array(2)),
      'notDifferentiable',
      /closes over a value that is being differentiated/,
    ],
  ])('refuses %s', (_, call, code, message) => {
    expect(call).toThrow(CotangentError)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})
