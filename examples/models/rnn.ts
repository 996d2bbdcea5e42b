// A recurrent classifier: an image is read row by row, and what is carried after the last row decides.

import { nn, optim } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'
import type { LabelledImages } from '../support/images.js'

/** [batch, rows, columns] → logits [batch, classes] */
export const model = (classes = 10, units = 64) =>
  nn.sequential(nn.rnn(units, { returnSequence: true }), nn.rnn(units), nn.dense(classes))

export const loss = nn.losses.softmaxCrossEntropy

/** How the network is trained: Adam, whose rate falls to zero along a cosine. */
export function setup(training: LabelledImages['dataset'], epochs: number, classes: number) {
  const batchSize = 32
  const steps = epochs * Math.ceil(training.length / batchSize)
  const optimizer = optim.chain(
    // Gradients through many steps are now and then far too large.
    optim.clipByGlobalNorm(1),
    optim.adam(optim.cosineDecaySchedule(3e-3, steps)),
  )
  return { model: model(classes), loss, optimizer, data: training, batchSize }
}

export const instances: Instances = { rnn: modelInstance(model(4, 5), loss, randomBatch([3, 4, 6], 4)) }
