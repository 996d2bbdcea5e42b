/**
 * Adam in jax-js, whose core has no optimizers: the formulas of Kingma and Ba on records of arrays.
 */

import * as jax from '@jax-js/jax'
import { adam } from '../../workloads/workload.js'
import { get, mapValues, type Arr, type Arrays } from './functions.js'

const { numpy: np } = jax

export type Loss = (params: Arrays, data: Arrays) => Arr
// A type, not an interface: only types are trees for jax-js.
export type State = {
  params: Arrays
  m: Arrays
  v: Arrays
  count: Arr
}

export const initialState = (params: Arrays): State => ({
  params,
  m: mapValues(params, (p) => np.zeros(p.shape)),
  v: mapValues(params, (p) => np.zeros(p.shape)),
  count: np.array(0, { dtype: jax.DType.Float32 }),
})

/** 1 - decayⁿ */
const correction = (count: Arr, decay: number): Arr =>
  np
    .exp(count.mul(Math.log(decay)))
    .neg()
    .add(1)

export function applyAdam({ params, m, v, count }: State, grads: Arrays): State {
  const t = count.add(1)
  const [c1, c2] = [correction(t.ref, adam.b1), correction(t.ref, adam.b2)]
  const next: State = { params: {}, m: {}, v: {}, count: t }
  for (const name of Object.keys(params)) {
    const g = get(grads, name)
    const mean = get(m, name)
      .mul(adam.b1)
      .add(g.ref.mul(1 - adam.b1))
    const square = get(v, name)
      .mul(adam.b2)
      .add(g.ref.mul(g).mul(1 - adam.b2))
    const root = np.sqrt(square.ref.div(c2.ref)).add(adam.eps)
    next.params[name] = get(params, name).sub(mean.ref.div(c1.ref).div(root).mul(adam.rate))
    next.m[name] = mean
    next.v[name] = square
  }
  c1.dispose()
  c2.dispose()
  return next
}

/** One training step: the state after it, and the loss before it. */
export function update(loss: Loss, state: State, data: Arrays): [State, Arr] {
  const refs = mapValues(state.params, (x) => x.ref)
  const [value, grads] = jax.valueAndGrad(loss)(refs, data) as unknown as [Arr, Arrays]
  return [applyAdam(state, grads), value]
}
