// The convolutional network of the textbooks for grey images of digits: conv 3×3×32, pool, dense 128, dense 10.

import { nn, optim, type NDArray } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'
import type { LabelledImages } from '../support/images.js'
import { randomShift } from './randomShift.js'

const init = { kernelInit: nn.initializers.heNormal() }

/** Grey images have no axis of channels in their files; convolutions want one. */
const withChannel = nn.activation((x: NDArray) => x.reshape([...x.shape, 1]))

/** [batch, height, width] → logits [batch, classes] */
export const model = (classes = 10, { features = 32, width = 128 } = {}) =>
  nn.sequential(
    withChannel,
    randomShift(1),
    nn.conv(features, [3, 3], init),
    nn.activation(nn.relu),
    nn.maxPool([2, 2]),
    nn.flatten(),
    nn.dense(width, init),
    nn.activation(nn.relu),
    nn.dense(classes),
  )

export const loss = nn.losses.softmaxCrossEntropy

/** How the network is trained: Adam, whose rate falls to zero along a cosine. */
export function setup(
  training: LabelledImages['dataset'],
  {
    epochs,
    batchSize,
    classes = 10,
  }: { readonly epochs: number; readonly batchSize: number; readonly classes?: number },
) {
  const steps = epochs * Math.ceil(training.length / batchSize)
  const optimizer = optim.adam(optim.cosineDecaySchedule(3e-3, steps))
  return { model: model(classes), loss, optimizer, data: training, batchSize }
}

/** The digits that come along are few: smaller batches, more epochs. */
export const small = { epochs: 60, batchSize: 64 }
/** For some thousand images and more. */
export const large = { epochs: 10, batchSize: 128 }

export const instances: Instances = {
  cnnMnist: modelInstance(model(10, { features: 3, width: 6 }), loss, randomBatch([2, 8, 8], 10)),
}
