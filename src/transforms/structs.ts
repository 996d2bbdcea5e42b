/** Arguments by shape alone: wherever only shapes and dtypes matter, `{ shape, dtype }` stands for an array. */

import { avalOf, type Aval } from '../core/aval.js'
import { isDType, type DType } from '../core/dtype.js'
import { NDArray } from '../core/ndarray.js'
import { checkShape, type Shape } from '../core/shape.js'
import { flatten, type TreeDef } from '../core/tree.js'
import { argumentPath, toArray } from './arguments.js'

/** The shape and dtype of an array. */
export interface ShapeStruct {
  readonly shape: Shape
  readonly dtype: DType
}

const isStruct = (x: unknown): x is ShapeStruct =>
  typeof x === 'object' &&
  x !== null &&
  !(x instanceof NDArray) &&
  'shape' in x &&
  'dtype' in x &&
  Array.isArray(x.shape) &&
  isDType(x.dtype)

/** The avals of arguments that are arrays, numbers or structs. */
export function flattenStructs(
  args: readonly unknown[],
  operation: string,
): { readonly avals: readonly Aval[]; readonly treedef: TreeDef } {
  const [leaves, treedef] = flatten(args, isStruct)
  const avals = leaves.map((leaf, i) => {
    if (!isStruct(leaf)) return toArray(leaf, operation, () => argumentPath(treedef, i)).aval
    checkShape(leaf.shape, operation)
    return avalOf(leaf.shape, leaf.dtype)
  })
  return { avals, treedef }
}
