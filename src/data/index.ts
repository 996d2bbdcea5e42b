/**
 * Data: readers of files and datasets as iterables of batches.
 */

import '../install.js'

export {
  all,
  batches,
  fromArrays,
  shuffle,
  split,
  withTensors,
  type Batch,
  type Batches,
  type BatchOptions,
  type Dataset,
} from './dataset.js'
export { decodeCifar10, loadCifar10, readCifar10 } from './cifar.js'
export {
  categories,
  features,
  loadCsv,
  readCsv,
  type Categories,
  type CsvOptions,
  type CsvTable,
} from './csv.js'
export type { CsvColumn, CsvType } from './csvColumns.js'
export {
  listImages,
  loadImageFolder,
  loadImageList,
  readImageFolder,
  type ImageFiles,
  type LabelledFolder,
} from './imageFolder.js'
export { loadPng, readPng, savePng, toPng, writePng, type PngOptions } from './png.js'
export { type Collated } from './collate.js'
export {
  paddedBatches,
  padSequences,
  type Padded,
  type PaddedBatchOptions,
  type PaddedSequences,
  type PaddingOptions,
  type Sequence,
} from './padding.js'
export { prefetch } from './prefetch.js'
export { batch, map, shuffleStream, type Source, type StreamShuffle } from './stream.js'
export {
  denormalize,
  fitNormalization,
  normalize,
  oneHot,
  type FitOptions,
  type Normalization,
} from './transforms.js'
export type { HostTensor } from '../io/host.js'
export { decodeIdx, loadIdx, loadLabelledIdx, readIdx, readLabelledIdx, type Labelled } from './idx.js'
export type { ByteSource, DataError, ReadOptions } from '../io/source.js'
