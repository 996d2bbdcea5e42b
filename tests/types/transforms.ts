// What the transformations say about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { grad, hessian, jacfwd, jit, jvp, valueAndGrad, vjp, vmap, type NDArray } from '../../src/index.js'

interface Params {
  readonly w: NDArray
  readonly layers: readonly [NDArray, { readonly b: NDArray }]
}

declare const x: NDArray
declare const params: Params
declare const loss: (params: Params, x: NDArray) => NDArray
declare const withAux: (params: Params) => [NDArray, { steps: number }]

// A gradient is a tree like the argument it belongs to.
expectTypeOf(grad(loss)(params, x)).toEqualTypeOf<Params>()
expectTypeOf(grad(loss, { argnums: 1 })(params, x)).toEqualTypeOf<NDArray>()
expectTypeOf(grad(loss, { argnums: [0, 1] })(params, x)).toEqualTypeOf<[Params, NDArray]>()
expectTypeOf(grad(withAux, { hasAux: true })(params)).toEqualTypeOf<[Params, { steps: number }]>()
expectTypeOf(valueAndGrad(loss)(params, x)).toEqualTypeOf<[NDArray, Params]>()
expectTypeOf(valueAndGrad(withAux, { hasAux: true })(params)).toEqualTypeOf<
  [[NDArray, { steps: number }], Params]
>()

// Parameters without a type are arrays, and arguments may be numbers.
expectTypeOf(grad((y) => y.mul(y).sum())(2)).toEqualTypeOf<NDArray>()
expectTypeOf(grad(grad((y) => y.mul(y)))(x)).toEqualTypeOf<NDArray>()

// vmap and jit keep a function's type.
expectTypeOf(vmap(loss, [null, 0])(params, x)).toEqualTypeOf<NDArray>()
expectTypeOf(jit(withAux)(params)).toEqualTypeOf<[NDArray, { steps: number }]>()
expectTypeOf(jit(vmap(grad(loss)))(params, x)).toEqualTypeOf<Params>()
expectTypeOf(jit(loss).traces).toEqualTypeOf<readonly string[]>()

// Derivatives at a point, Jacobians.
expectTypeOf(jvp(loss, [params, x], [params, x])).toEqualTypeOf<[NDArray, NDArray]>()
expectTypeOf(vjp(loss, [params, x])[1](x)).toEqualTypeOf<[Params, NDArray]>()
expectTypeOf(jacfwd((y: NDArray) => ({ y }))(x)).toEqualTypeOf<{ y: NDArray }>()
expectTypeOf(hessian((y) => y.sum())(x)).toEqualTypeOf<NDArray>()

// Mistakes that the compiler finds.
// @ts-expect-error the second argument is missing
grad(loss)(params)
// @ts-expect-error a string is not an array
vmap((y) => y.sum())('x')
// @ts-expect-error the name of the option is argnums
grad(loss, { argNums: 1 })
// @ts-expect-error donateArgnums are positions
jit(loss, { donateArgnums: 'params' })
