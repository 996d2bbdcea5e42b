// A convolutional network for colour images of 32×32: conv 32, pool, conv 64, pool, dense 50, dense 10.

import { nn } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'

const init = { kernelInit: nn.initializers.heNormal() }

/** [batch, height, width, 3] → logits [batch, 10]; the sizes are the numbers of features. */
export const model = ([first, second, dense]: readonly [number, number, number] = [32, 64, 50]) =>
  nn.sequential(
    nn.conv(first, [3, 3], init),
    nn.activation(nn.relu),
    nn.maxPool([2, 2]),
    nn.conv(second, [3, 3], init),
    nn.activation(nn.relu),
    nn.maxPool([2, 2]),
    nn.flatten(),
    nn.dense(dense, init),
    nn.activation(nn.relu),
    nn.dense(10),
  )

export const loss = nn.losses.softmaxCrossEntropy

export const instances: Instances = {
  cnnCifar: modelInstance(model([3, 4, 5]), loss, randomBatch([2, 8, 8, 3], 10)),
}
