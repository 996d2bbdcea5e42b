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
  type Batch,
  type Batches,
  type BatchOptions,
  type Dataset,
} from './dataset.js'
export type { HostTensor } from '../io/host.js'
export { decodeIdx, loadIdx, loadLabelledIdx, readIdx, readLabelledIdx, type Labelled } from './idx.js'
export type { ByteSource, DataError, ReadOptions } from '../io/source.js'
