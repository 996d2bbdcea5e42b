// A convolutional network in two parts, a trunk that sees and a head that names, so that the trunk can be trained on
// some digits, frozen, and given a head for others.

import { nn, optim, type data, type NDArray } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'

const init = { kernelInit: nn.initializers.heNormal() }

/** Images [batch, height, width] → logits [batch, classes]; parameters [0] are the trunk's, [1] the head's. */
export const model = (classes = 5, channels = 16) =>
  nn.sequential(
    nn.sequential(
      nn.activation((x: NDArray) => x.reshape([...x.shape, 1])),
      nn.conv(channels, 3, init),
      nn.activation(nn.relu),
      nn.conv(2 * channels, 3, init),
      nn.activation(nn.relu),
      nn.maxPool(2),
      nn.conv(4 * channels, 3, init),
      nn.activation(nn.relu),
      nn.maxPool(2),
      nn.flatten(),
      nn.dense(8 * channels, init),
      nn.activation(nn.relu),
    ),
    nn.dense(classes),
  )

export type Params = nn.ParamsOf<ReturnType<typeof model>>
type State = nn.StateOf<ReturnType<typeof model>>

export const isHead = (path: string): boolean => path.startsWith('[1]')

/** The network as a layer whose parameters are those of its head; `trunk` are the others, which stay as they are. */
export function headOf(
  network: nn.Layer<Params, State>,
  trunk: nn.Partition<Params>,
): nn.Layer<nn.Partition<Params>, State> {
  return {
    ...network,
    init(key, inputShape) {
      const { params, state } = network.init(key, inputShape)
      return { params: nn.partition(params, isHead)[0], state }
    },
    apply: ({ params, state }, x, options) =>
      network.apply({ params: nn.combine(params, trunk), state }, x, options),
  }
}

export const loss = nn.losses.softmaxCrossEntropy

/** How a network is trained: Adam, whose rate falls from `rate` to zero along a cosine. */
export function setup<P, S>(
  network: nn.Layer<P, S>,
  training: data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>>,
  epochs: number,
  rate: number,
) {
  const batchSize = 50
  const steps = epochs * Math.ceil(training.length / batchSize)
  const optimizer = optim.adam(optim.cosineDecaySchedule(rate, steps))
  return { model: network, loss, optimizer, data: training, batchSize }
}

export const instances: Instances = {
  transferLearning: modelInstance(model(3, 2), loss, randomBatch([2, 8, 8], 3)),
}
