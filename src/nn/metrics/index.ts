/**
 * Metrics: how good predictions are, over any number of batches of any sizes. See `Metric`.
 */

export { accuracy, topK } from './accuracy.js'
export { auc, type AucState } from './auc.js'
export { confusionMatrix, f1, precision, recall, type ClassAverageOptions } from './confusion.js'
export { mean, type MeanState } from './mean.js'
export type { Batch, Metric, ShareState } from './metric.js'
export { r2, type R2State } from './r2.js'
