/**
 * checkGrads: the derivatives that the transformations give, against central differences along random directions.
 * A function and its arguments → nothing, or an error that says where the two differ.
 */

import { isFloat, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { constant } from '../core/constants.js'
import { flatten, leafPaths, leaves, unflatten } from '../core/tree.js'
import { jvp, vjp } from '../transforms/index.js'
import { close, readAll, worstElement, type Mismatch, type Tolerance } from './compare.js'
import { arrayOf, normal, sampler, type Sampler } from './sampling.js'

export type DerivativeMode = 'fwd' | 'rev'

export interface CheckGradsOptions {
  /** How many times to differentiate: 2 (the default) also checks the derivatives of the derivatives. */
  readonly order?: number
  /** `fwd` checks jvp, `rev` vjp; both by default. */
  readonly modes?: readonly DerivativeMode[]
  /** Half the distance of the central differences. */
  readonly eps?: number
  readonly rtol?: number
  readonly atol?: number
  /** Of the random directions. */
  readonly seed?: number
}

interface Settings extends Tolerance {
  readonly modes: readonly DerivativeMode[]
  readonly eps: number
  readonly next: Sampler
}

/** eps: where truncation and rounding of the differences are about equal. */
const defaults: Readonly<Record<string, Tolerance & { readonly eps: number }>> = {
  float64: { eps: 2 ** -17, rtol: 1e-6, atol: 1e-6 },
  float32: { eps: 2 ** -9, rtol: 4e-3, atol: 4e-3 },
  float16: { eps: 2 ** -4, rtol: 1e-1, atol: 1e-1 },
  bfloat16: { eps: 2 ** -3, rtol: 2e-1, atol: 2e-1 },
}
const leastPrecise = (dtypes: readonly DType[]): string =>
  ['bfloat16', 'float16', 'float32'].find((d) => dtypes.some((x) => x === d)) ?? 'float64'

/** A function of float arrays, and the names of its arguments. */
interface FloatFunction {
  readonly f: (...xs: readonly NDArray[]) => NDArray[]
  readonly at: readonly NDArray[]
  readonly paths: readonly string[]
}

/**
 * Checks the derivatives of `f` at `args` against central differences along random directions (as
 * `jax.test_util.check_grads`): jvp directly, vjp by ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩. It runs on the default device.
 *
 * @param f a function of trees of arrays; it should be smooth at `args`.
 * @param args one tree for each argument. Integer and bool arrays are held fixed; numbers are float32.
 * @throws CotangentError `gradientCheck`, naming the order, the mode, the argument and both numbers.
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * import { checkGrads } from 'cotangent/testing'
 * await checkGrads((x, y) => np.sin(x).mul(y).sum(), [np.array([0.5, 1]), np.array([2, 3])])
 * ```
 */
export async function checkGrads(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: CheckGradsOptions = {},
): Promise<void> {
  const target = floatFunction(f as (...args: readonly unknown[]) => unknown, args)
  const { order = 2, modes = ['fwd', 'rev'], seed = 0, ...given } = options
  const settings: Settings = {
    ...(defaults[leastPrecise(target.at.map((x) => x.dtype))] as (typeof defaults)[string]),
    ...given,
    modes,
    next: sampler(seed),
  }
  await check(target, order, settings, 1, '')
}

function floatFunction(f: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): FloatFunction {
  const [all, treedef] = flatten(args)
  const arrays = all.map((leaf) => {
    if (leaf instanceof NDArray) return leaf
    return typeof leaf === 'number' ? constant(leaf, 'float32') : leaf
  })
  const isVariable = (leaf: unknown): leaf is NDArray => leaf instanceof NDArray && isFloat(leaf.dtype)
  const at = arrays.filter(isVariable)
  if (at.length === 0)
    fail('argument', {
      operation: 'checkGrads',
      argument: 'args',
      received: 'none',
      expected: 'at least one float array',
    })
  const names = leafPaths(treedef)
  return {
    at,
    paths: arrays.flatMap((leaf, i) => (isVariable(leaf) ? [`argument ${names[i] ?? ''}`] : [])),
    f: (...xs) => {
      let next = 0
      const filled = arrays.map((leaf) => (isVariable(leaf) ? xs[next++] : leaf))
      const outputs = leaves(f(...(unflatten(treedef, filled) as readonly unknown[])))
      return outputs.filter(isVariable)
    },
  }
}

async function check(
  target: FloatFunction,
  order: number,
  settings: Settings,
  current: number,
  history: string,
): Promise<void> {
  for (const mode of settings.modes) {
    const where = `order ${current}, mode '${mode}'${history}`
    await (mode === 'fwd' ? checkForward : checkReverse)(target, settings, where)
    if (current < order) {
      const derivative = mode === 'fwd' ? forwardOf(target, settings) : reverseOf(target)
      await check(derivative, order, settings, current + 1, ` of the derivative by '${mode}'${history}`)
    }
  }
}

/** (x, dx) → (f(x), J·dx) */
function forwardOf({ f, at, paths }: FloatFunction, { next }: Settings): FloatFunction {
  const n = at.length
  return {
    at: [...at, ...at.map((x) => directionOf(x, next))],
    paths: [...paths, ...paths.map((path) => `the tangent of ${path}`)],
    f: (...xs) => {
      const [y, dy] = jvp(f, xs.slice(0, n), xs.slice(n))
      return [...y, ...dy]
    },
  }
}

/** x → Jᵀ·f(x) */
const reverseOf = ({ f, at, paths }: FloatFunction): FloatFunction => ({
  at,
  paths,
  f: (...xs) => {
    const [y, pullback] = vjp(f, [...xs])
    return [...pullback(y)]
  },
})

const directionOf = (x: NDArray, next: Sampler): NDArray =>
  arrayOf(
    Array.from({ length: x.size }, () => normal(next)),
    x.shape,
    x.dtype,
  )
const zeroOf = (x: NDArray): NDArray => constant(0, x.dtype, x.shape)

/** (f(x + ε·dx) - f(x - ε·dx)) / 2ε, in double precision between the two calls. */
async function centralDifference(
  { f, at }: FloatFunction,
  directions: readonly NDArray[],
  eps: number,
): Promise<number[][]> {
  const [x, dx] = [await readAll(at), await readAll(directions)]
  const moved = (step: number): NDArray[] =>
    at.map((a, i) =>
      arrayOf(
        Array.from({ length: a.size }, (_, k) => (x[i]?.[k] ?? 0) + step * (dx[i]?.[k] ?? 0)),
        a.shape,
        a.dtype,
      ),
    )
  const [above, below] = [await readAll(f(...moved(eps))), await readAll(f(...moved(-eps)))]
  return above.map((values, i) =>
    Array.from(values, (value, k) => (value - (below[i]?.[k] ?? 0)) / (2 * eps)),
  )
}

type Finder = (directions: readonly NDArray[]) => Promise<Mismatch | null>

/** Tries one random direction; where it fails, the directions of single arguments, to name the one that is wrong. */
async function report(target: FloatFunction, settings: Settings, where: string, find: Finder): Promise<void> {
  const directions = target.at.map((x) => directionOf(x, settings.next))
  const found = await find(directions)
  if (found === null) return
  for (const [i, path] of target.paths.entries()) {
    const alone = await find(directions.map((dx, k) => (k === i ? dx : zeroOf(dx))))
    if (alone !== null) throwMismatch(alone, `${where}, ${path}`)
  }
  throwMismatch(found, `${where}, all arguments together`)
}

const throwMismatch = (found: Mismatch, where: string): never =>
  fail('gradientCheck', {
    operation: 'checkGrads',
    where: `${where}, ${found.where}`,
    expected: `${found.expected} by central differences`,
    received: found.received,
  })

const checkForward = (target: FloatFunction, settings: Settings, where: string): Promise<void> =>
  report(target, settings, where, async (directions) => {
    const expected = await centralDifference(target, directions, settings.eps)
    const [y, dy] = jvp(target.f, [...target.at], [...directions])
    const actual = await readAll(dy)
    for (const [i, values] of expected.entries()) {
      const found = worstElement(actual[i] ?? [], values, y[i]?.shape ?? [], settings)
      if (found !== null) return { ...found, where: `output ${i}, ${found.where}` }
    }
    return null
  })

const checkReverse = (target: FloatFunction, settings: Settings, where: string): Promise<void> => {
  let cotangents: NDArray[] | undefined
  return report(target, settings, where, async (directions) => {
    const [y, pullback] = vjp(target.f, [...target.at])
    cotangents ??= y.map((out) => directionOf(out, settings.next))
    const expected = inner(
      await centralDifference(target, directions, settings.eps),
      await readAll(cotangents),
    )
    const actual = inner(await readAll(directions), await readAll(pullback(cotangents)))
    // The sum of n terms of about 1 has errors that grow with √n.
    const size = Math.sqrt(directions.reduce((sum, x) => sum + x.size, 1))
    if (close(actual, expected, { rtol: settings.rtol, atol: settings.atol * size })) return null
    return {
      where: 'the inner product of a cotangent with the directional derivative',
      expected: String(expected),
      received: String(actual),
    }
  })
}

const inner = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  a.reduce((sum, x, i) => {
    for (let k = 0; k < x.length; k++) sum += (x[k] ?? 0) * (b[i]?.[k] ?? 0)
    return sum
  }, 0)
