/**
 * Input and output: files of tensors, by name, into trees and out of them.
 */

import '../install.js'

export {
  loadInto,
  type Loaded,
  type LoadOptions,
  type LoadReport,
  type Mismatch,
  type Rename,
} from './loadInto.js'
export { flattenNames, type SavedLeaf } from './names.js'
export { decodeNpy, encodeNpy, loadNpy, readNpy, saveNpy, toNpy, writeNpy } from './npy.js'
export { loadNpz, readNpz, saveNpz, toNpz, writeNpz, type NpzOptions } from './npz.js'
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  readSafetensors,
  saveSafetensors,
  toSafetensors,
  writeSafetensors,
  type Safetensors,
  type SafetensorsOptions,
} from './safetensors.js'
export type { HostTensor } from './host.js'
export type { ByteSource, DataError, ReadOptions } from './source.js'
