/**
 * The two networks that play against each other, in jax-js: one step of both as one function.
 */

import * as jax from '@jax-js/jax'
import { applyAdam, type State } from './adam.js'
import { get, mapValues, type Arr, type Arrays } from './functions.js'
import { binaryCrossEntropy, perceptron } from './networks.js'

const { numpy: np, nn } = jax

export type GanState = { g: State; d: State }

const leaky = (x: Arr): Arr => nn.leakyRelu(x, 0.2)
const generate = (g: Arrays, z: Arr): Arr => np.tanh(perceptron(g, 'g', z, leaky))
const judge = (d: Arrays, x: Arr): Arr => perceptron(d, 'd', x, leaky)
const refs = (arrays: Arrays): Arrays => mapValues(arrays, (x) => x.ref)

const discriminatorLoss = (d: Arrays, real: Arr, made: Arr): Arr =>
  binaryCrossEntropy(judge(refs(d), real), 1).add(binaryCrossEntropy(judge(d, made), 0))
const generatorLoss = (g: Arrays, d: Arrays, z: Arr): Arr => binaryCrossEntropy(judge(d, generate(g, z)), 1)

export function ganStep({ g, d }: GanState, data: Arrays): [GanState, Arr[]] {
  const z = get(data, 'z')
  const made = generate(refs(g.params), z.ref)
  const [lossD, gradsD] = jax.valueAndGrad(discriminatorLoss)(
    refs(d.params),
    get(data, 'real'),
    made,
  ) as unknown as [Arr, Arrays]
  const nextD = applyAdam(d, gradsD)
  const [lossG, gradsG] = jax.valueAndGrad(generatorLoss)(
    refs(g.params),
    refs(nextD.params),
    z,
  ) as unknown as [Arr, Arrays]
  return [{ g: applyAdam(g, gradsG), d: nextD }, [lossD, lossG]]
}
