/**
 * The public entry: arrays, transformations, namespaces and devices of `cotangent`.
 */

import './install.js'

export { NDArray, type ArrayLike, type NestedNumbers, type SliceIndex } from './core/ndarray.js'
export type { DType, FloatDType, HostArray, IntDType } from './core/dtype.js'
export type { DeviceName } from './core/device.js'
export type { Shape } from './core/shape.js'
export type { MapTree, Tree, TreeDef } from './core/tree.js'
export { CotangentError, InvariantError, type ErrorCode, type ErrorDetails } from './core/errors.js'
export {
  defaultDevice,
  devicePut,
  devicePutAsync,
  devices,
  init,
  memoryStats,
  type DeviceInfo,
  type DeviceOptions,
  type MemoryStats,
} from './runtime/devices.js'
export { scope } from './runtime/memory.js'

export {
  checkpoint,
  customJvp,
  customVjp,
  evalShape,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  makeJaxpr,
  stopGradient,
  valueAndGrad,
  vjp,
  vmap,
} from './transforms/index.js'
export type {
  AuxOptions,
  Axes,
  CustomJvp,
  CustomVjp,
  GradOptions,
  Jitted,
  JitOptions,
  ShapeStruct,
  Stages,
  VmapOptions,
} from './transforms/index.js'

export * as tree from './core/tree.js'
export * as numpy from './numpy/index.js'
export * as lax from './lax/index.js'
export * as ops from './ops/index.js'
export * as scipySpecial from './scipySpecial/index.js'
export * as random from './random/index.js'
export * as nn from './nn/index.js'
export * as optim from './optim/index.js'
export * as io from './io/index.js'
export * as data from './data/index.js'
export * as train from './train/index.js'
