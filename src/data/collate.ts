/**
 * Examples → a batch: trees of the same structure whose leaves are stacked along a new first axis, on the host as far as
 * they are there.
 */

import { hostArray, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { sameShape } from '../core/shape.js'
import * as tree from '../core/tree.js'
import { checkHostTensor, isHostTensor, toDevice, type HostTensor } from '../io/host.js'
import { stack } from '../numpy/index.js'

/** A tree `T` of an example with an array in the place of every tensor, number and boolean. */
export type Collated<T> = T extends NDArray | HostTensor | number | boolean
  ? NDArray
  : T extends readonly unknown[] | object
    ? { [K in keyof T]: Collated<T[K]> }
    : T

/** The transposition of a list of trees: for each leaf of their structure, that leaf of every tree. */
export function leavesOf(
  examples: readonly unknown[],
  operation: string,
  isLeaf: (x: unknown) => boolean = isHostTensor,
): { readonly columns: readonly (readonly unknown[])[]; readonly treedef: tree.TreeDef } {
  const flat = examples.map((example) => tree.flatten(example, isLeaf))
  const treedef = flat[0]?.[1] ?? tree.structure(null)
  for (const [, other] of flat) tree.checkSameTree(treedef, other, operation)
  const columns = Array.from({ length: treedef.size }, (_, i) => flat.map(([leaves]) => leaves[i]))
  return { columns, treedef }
}

/** Stacks examples, of which there is at least one. */
export function collate<T>(examples: readonly T[]): Collated<T> {
  const operation = 'data.batch'
  const { columns, treedef } = leavesOf(examples, operation)
  return tree.unflatten(
    treedef,
    columns.map((column) => stackLeaves(column, operation)),
  ) as Collated<T>
}

export function stackLeaves(column: readonly unknown[], operation: string): NDArray {
  if (column.every((x) => typeof x === 'number' || typeof x === 'boolean')) return toDevice(scalars(column))
  if (column.every(isHostTensor)) return toDevice(stackTensors(column, operation))
  if (column.every((x) => x instanceof NDArray)) return stack(column)
  return fail('argument', {
    operation,
    argument: 'a leaf of the examples',
    received: [...new Set(column.map((x) => typeof x))].join(' and '),
    expected: 'an array, { data, shape, dtype }, a number or a boolean, the same in every example',
  })
}

/** Whole numbers become int32, others float32, booleans bool. */
function scalars(column: readonly (number | boolean)[]): HostTensor {
  const isInt = (x: number | boolean): boolean => Number.isInteger(x) && x === (Number(x) | 0)
  const dtype: DType = column.every((x) => typeof x === 'boolean')
    ? 'bool'
    : column.every(isInt)
      ? 'int32'
      : 'float32'
  const data = hostArray(dtype, column.length)
  column.forEach((x, i) => (data[i] = Number(x)))
  return { data, shape: [column.length], dtype }
}

function stackTensors(column: readonly HostTensor[], operation: string): HostTensor {
  const [first] = column
  if (first === undefined) return { data: new Float32Array(0), shape: [0], dtype: 'float32' }
  const { shape, dtype } = first
  const data = hostArray(dtype, column.length * first.data.length)
  column.forEach((tensor, i) => {
    checkHostTensor(tensor, operation)
    if (!sameShape(tensor.shape, shape))
      fail('shape', {
        operation,
        shapes: [shape, tensor.shape],
        expected: 'examples of one shape',
        fix: 'data.paddedBatches pads sequences of different lengths.',
      })
    if (tensor.dtype !== dtype)
      fail('dtype', { operation, dtypes: [dtype, tensor.dtype], expected: 'examples of one dtype' })
    data.set(tensor.data, i * first.data.length)
  })
  return { data, shape: [column.length, ...shape], dtype }
}
