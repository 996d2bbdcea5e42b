// The convolutional network of the textbooks for grey images of digits: conv 3×3×32, pool, dense 128, dense 10.

import { nn, type NDArray } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'

const init = { kernelInit: nn.initializers.heNormal() }

/** [batch, height, width] → logits [batch, classes] */
export const model = (classes = 10) =>
  nn.sequential(
    withChannel,
    nn.conv(32, [3, 3], init),
    nn.activation(nn.relu),
    nn.maxPool([2, 2]),
    nn.flatten(),
    nn.dense(128, init),
    nn.activation(nn.relu),
    nn.dense(classes),
  )

/** Grey images have no axis of channels in their files; convolutions want one. */
const withChannel = nn.activation((x: NDArray) => x.reshape([...x.shape, 1]))

export const loss = nn.losses.softmaxCrossEntropy

export const instances: Instances = { cnnMnist: modelInstance(model(), loss, randomBatch([2, 8, 8], 10)) }
