/**
 * The two networks that play against each other, in cotangent: one step of both as one function.
 */

import { nn, numpy as np, optim, valueAndGrad, type NDArray } from '../../../src/index.js'
import { get, type Arrays } from './functions.js'
import { perceptron } from './networks.js'

interface Pair<T> {
  readonly g: T
  readonly d: T
}

const leaky = (x: NDArray): NDArray => nn.leakyRelu(x, 0.2)
const generate = (g: Arrays, z: NDArray): NDArray => np.tanh(perceptron(g, 'g', z, leaky))
const judge = (d: Arrays, x: NDArray): NDArray => perceptron(d, 'd', x, leaky)

const discriminatorLoss = (d: Arrays, real: NDArray, made: NDArray): NDArray =>
  nn.losses
    .binaryCrossEntropyFromLogits(judge(d, real), 1)
    .add(nn.losses.binaryCrossEntropyFromLogits(judge(d, made), 0))
const generatorLoss = (g: Arrays, d: Arrays, z: NDArray): NDArray =>
  nn.losses.binaryCrossEntropyFromLogits(judge(d, generate(g, z)), 1)

export const ganStep =
  (optimizer: optim.GradientTransformation) =>
  ({ g, d }: Pair<Arrays>, states: Pair<optim.OptimizerState>, data: Arrays) => {
    const z = get(data, 'z')
    const [lossD, gradsD] = valueAndGrad(discriminatorLoss)(d, get(data, 'real'), generate(g, z))
    const [updatesD, stateD] = optimizer.update(gradsD, states.d, d)
    const nextD = optim.applyUpdates(d, updatesD)
    const [lossG, gradsG] = valueAndGrad(generatorLoss)(g, nextD, z)
    const [updatesG, stateG] = optimizer.update(gradsG, states.g, g)
    const nextG = optim.applyUpdates(g, updatesG)
    return [{ g: nextG, d: nextD }, { g: stateG, d: stateD }, [lossD, lossG]] as const
  }
