/**
 * Optax's losses, one value for each element or row. Their means are in `nn.losses`.
 */

export {
  hingeLoss,
  klDivergence,
  sigmoidBinaryCrossEntropy,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  type AxisOption,
} from '../nn/losses/classification.js'
export {
  absoluteError,
  cosineDistance,
  cosineSimilarity,
  huberLoss,
  l2Loss,
  logCosh,
  squaredError,
  type HuberOptions,
} from '../nn/losses/regression.js'
