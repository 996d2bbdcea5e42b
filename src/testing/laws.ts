/**
 * The laws that transformations obey, as checks of one flat function at one point. Each resolves, or throws a
 * `gradientCheck` error that names the law and both numbers. They hold for every function that the library can trace.
 */

import { isFloat } from '../core/dtype.js'
import type { NDArray } from '../core/ndarray.js'
import { add, broadcastInDim, constantLike, mul, reduceSum, reshape, slice, transpose } from '../core/ops.js'
import { range, without } from '../core/shape.js'
import { concatenate, stack } from '../numpy/joining.js'
import {
  checkpoint,
  evalJaxpr,
  grad,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  makeJaxpr,
  vjp,
  vmap,
} from '../transforms/index.js'
import { expectClose, type Tolerance } from './compare.js'
import { randomArray, sampler, type Sampler } from './sampling.js'

/** A function of arrays that gives a list of arrays. */
export type FlatFunction = (...xs: readonly NDArray[]) => readonly NDArray[]

const sum = (x: NDArray): NDArray => reduceSum(x, range(x.ndim))
const total = (xs: readonly NDArray[]): NDArray => xs.map(sum).reduce((a, b) => add(a, b))
const inner = (xs: readonly NDArray[], ys: readonly NDArray[]): NDArray =>
  total(xs.map((x, i) => mul(x, ys[i] as NDArray)))
const scaled = (x: NDArray, by: number): NDArray => mul(x, constantLike(x, by))
const directions = (xs: readonly NDArray[], next: Sampler): NDArray[] =>
  xs.map((x) => randomArray(next, x.shape, x.dtype))
const tangents = (f: FlatFunction, xs: readonly NDArray[], dxs: readonly NDArray[]): readonly NDArray[] =>
  jvp(f, [...xs], [...dxs])[1]
const call = (f: FlatFunction): ((...xs: NDArray[]) => NDArray[]) =>
  Object.defineProperty((...xs: NDArray[]) => [...f(...xs)], 'name', { value: f.name })

/** `f` restricted to its float inputs and the outputs of their dtype; the other inputs are held at `xs`. */
export function floatPart(
  f: FlatFunction,
  xs: readonly NDArray[],
): { readonly f: FlatFunction; readonly xs: readonly NDArray[] } {
  const dtype = xs.find((x) => isFloat(x.dtype))?.dtype
  const part: FlatFunction = (...floats) => {
    let next = 0
    const all = xs.map((x) => (isFloat(x.dtype) ? (floats[next++] as NDArray) : x))
    return f(...all).filter((y) => y.dtype === dtype)
  }
  return { f: Object.defineProperty(part, 'name', { value: f.name }), xs: xs.filter((x) => isFloat(x.dtype)) }
}

/** Σ wᵢ·yᵢ over all elements of all outputs, with fixed weights: a scalar function that depends on all of `f`. */
export function scalarized(f: FlatFunction, seed = 7): (...xs: readonly NDArray[]) => NDArray {
  return (...xs) => {
    const ys = f(...xs)
    const next = sampler(seed)
    return inner(ys, directions(ys, next))
  }
}

/** `f` as a function of one vector, with one vector for its result. */
export function vectorized(
  f: FlatFunction,
  xs: readonly NDArray[],
): { readonly f: (v: NDArray) => NDArray; readonly v: NDArray } {
  const flatten = (parts: readonly NDArray[]): NDArray =>
    concatenate(
      parts.map((x) => reshape(x, [x.size])),
      0,
    )
  const split = (v: NDArray): NDArray[] => {
    let at = 0
    return xs.map((x) => reshape(slice(v, [at], [(at += x.size)]), x.shape))
  }
  return { f: (v) => flatten(f(...split(v))), v: flatten(xs) }
}

/** ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩ */
export async function adjoint(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
  seed = 1,
): Promise<void> {
  const next = sampler(seed)
  const v = directions(xs, next)
  const dys = tangents(f, xs, v)
  const [ys, pullback] = vjp(call(f), [...xs])
  const u = directions(ys, next)
  await expectClose('⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩', [inner(pullback(u), v)], [inner(u, dys)], tolerance)
}

/** J·(2v - 3w) = 2·J·v - 3·J·w */
export async function linear(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
  seed = 1,
): Promise<void> {
  const next = sampler(seed)
  const [v, w] = [directions(xs, next), directions(xs, next)]
  const combined = (a: readonly NDArray[], b: readonly NDArray[]): NDArray[] =>
    a.map((x, i) => add(scaled(x, 2), scaled(b[i] as NDArray, -3)))
  await expectClose(
    'jvp is linear',
    tangents(f, xs, combined(v, w)),
    combined(tangents(f, xs, v), tangents(f, xs, w)),
    tolerance,
  )
}

/** linearize gives what jvp gives. */
export async function linearized(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
  seed = 1,
): Promise<void> {
  const v = directions(xs, sampler(seed))
  const [ys, apply] = linearize(call(f), [...xs])
  const [expected, dys] = jvp(call(f), [...xs], v)
  await expectClose('linearize = jvp', [...ys, ...apply(...v)], [...expected, ...dys], tolerance)
}

/** The Jacobian column by column is the Jacobian row by row. */
export async function jacobians(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const { f: g, v } = vectorized(f, xs)
  await expectClose('jacfwd = jacrev', [jacfwd(g)(v)], [jacrev(g)(v)], tolerance)
}

/** ∂²f/∂xᵢ∂xⱼ = ∂²f/∂xⱼ∂xᵢ, by forward over reverse and by reverse over forward. */
export async function symmetricHessian(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const { f: g, v } = vectorized(f, xs)
  const scalar = (x: NDArray): NDArray => scalarized((y) => [g(y)])(x)
  const h = jacfwd(jacrev(scalar))(v)
  await expectClose('the Hessian is symmetric', [transpose(h, [1, 0])], [h], tolerance)
  await expectClose('jacfwd of jacrev = jacrev of jacfwd', [jacrev(jacfwd(scalar))(v)], [h], tolerance)
}

/** d/dx [x · d/dy g(x + y)] at y = 0 is g'(x) + x·g''(x): an inner derivative does not see the outer variable. */
export async function noConfusion(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const { f: whole, v } = vectorized(f, xs)
  // Along one line through the point: a scalar function of a scalar.
  const g = (t: NDArray): NDArray => scalarized((y) => [whole(y)])(add(v, broadcastInDim(t, v.shape, [])))
  const zero = constantLike(sum(v), 0)
  const x = constantLike(zero, 0.25)
  const nested = grad((a: NDArray) => mul(a, grad((b: NDArray) => g(add(a, b)))(zero)))(x)
  const first = grad(g)
  await expectClose(
    "d/dx [x·d/dy g(x + y)] = g'(x) + x·g''(x)",
    [nested],
    [add(first(x), mul(x, grad(first)(x)))],
    tolerance,
  )
}

/** The transpose of the transpose of a derivative is the derivative. */
export async function doubleTranspose(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
  seed = 1,
): Promise<void> {
  const v = directions(xs, sampler(seed))
  const [ys, apply] = linearize(call(f), [...xs])
  const transposed = linearTranspose((...dxs: NDArray[]) => apply(...dxs), [...xs])
  const again = linearTranspose((...cts: NDArray[]) => [...transposed(cts)], [...ys])
  await expectClose('transposing twice changes nothing', again(v), apply(...v), tolerance)
}

/** checkpoint changes neither values nor gradients. */
export async function transparentCheckpoint(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const saved: FlatFunction = checkpoint(call(f))
  const argnums = range(xs.length)
  const both = (g: FlatFunction): readonly NDArray[] => [
    ...g(...xs),
    ...grad(scalarized(g), { argnums })(...xs),
  ]
  await expectClose('checkpoint changes nothing', both(saved), both(f), tolerance)
}

/** A compiled function gives what the function gives, also on the second call. */
export async function transparentJit(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const compiled = jit(call(f))
  const expected = f(...xs)
  await expectClose('jit = eager', compiled(...xs), expected, tolerance)
  await expectClose('jit, called again, = eager', compiled(...xs), expected, tolerance)
}

/** Running the program that makeJaxpr gives is running the function. */
export async function faithfulProgram(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const { jaxpr, consts } = makeJaxpr(call(f))(...xs)
  await expectClose('eval(makeJaxpr f) = f', evalJaxpr(jaxpr, [...consts, ...xs]), f(...xs), tolerance)
}

/** Where the batch axis of each argument is (null: it has none), and of the results. */
export interface BatchAxes {
  readonly inAxes: readonly (number | null)[]
  readonly outAxis: number
}

const item = (x: NDArray, axis: number | null, i: number): NDArray => {
  if (axis === null) return x
  const start = x.shape.map((_, d) => (d === axis ? i : 0))
  const limit = x.shape.map((n, d) => (d === axis ? i + 1 : n))
  return reshape(slice(x, start, limit), without(x.shape, [axis]))
}

/** vmap(f) is the stack of f over the items of a batch. */
export async function batching(
  f: FlatFunction,
  xs: readonly NDArray[],
  { inAxes, outAxis }: BatchAxes,
  tolerance: Tolerance,
): Promise<void> {
  const size = Math.max(...inAxes.map((axis, i) => (axis === null ? 0 : (xs[i]?.shape[axis] ?? 0))))
  const items = range(size).map((i) => f(...xs.map((x, k) => item(x, inAxes[k] ?? null, i))))
  const outAxes = (items[0] ?? []).map((y) => Math.min(outAxis, y.ndim))
  const expected = outAxes.map((axis, k) =>
    stack(
      items.map((ys) => ys[k] as NDArray),
      axis,
    ),
  )
  await expectClose(
    `vmap(f, [${inAxes.join(', ')}], ${outAxis}) = stacked loop`,
    vmap(call(f), inAxes, outAxes)(...xs),
    expected,
    tolerance,
  )
}

/** Two batch axes: mapping over the first and then the second is mapping over the second and then the first. */
export async function swappedBatching(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const swapped = xs.map((x) => transpose(x, [1, 0, ...range(x.ndim).slice(2)]))
  const twice = vmap(vmap(call(f)))
  const expected = twice(...xs).map((y) => transpose(y, [1, 0, ...range(y.ndim).slice(2)]))
  await expectClose(
    'vmap over two axes does not depend on their order',
    twice(...swapped),
    expected,
    tolerance,
  )
}

/** vmap(grad f) = grad(Σ vmap f) for a scalar function and batches in every argument. */
export async function batchedGradient(
  f: FlatFunction,
  xs: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const argnums = range(xs.length)
  const scalar = scalarized(f)
  const summed = (...all: NDArray[]): NDArray => sum(vmap(scalar)(...all))
  await expectClose(
    'vmap(grad f) = grad(Σ vmap f)',
    vmap(grad(scalar, { argnums }))(...xs),
    grad(summed, { argnums })(...xs),
    tolerance,
  )
}
