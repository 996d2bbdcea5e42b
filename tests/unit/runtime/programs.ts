/**
 * Helpers of the runtime tests: programs written by hand, and one primitive applied to plain lists by the reference.
 */

import { avalOf, type Aval } from '../../../src/core/aval.js'
import { hostArray, type DType, type HostArray } from '../../../src/core/dtype.js'
import {
  makeEquation,
  makeVar,
  type Jaxpr,
  type Params,
  type PrimitiveName,
} from '../../../src/core/jaxpr.js'
import { abstractEval } from '../../../src/core/primitives/index.js'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { interpret } from '../../../src/runtime/reference/index.js'

/** A list of numbers as an array; the shape is [its length] if absent. */
export interface Operand {
  readonly aval: Aval
  readonly data: HostArray
}

export function operand(dtype: DType, numbers: readonly number[], shape: Shape = [numbers.length]): Operand {
  const data = hostArray(dtype, sizeOf(shape))
  data.set(numbers)
  return { aval: avalOf(shape, dtype), data }
}

/** The program with one equation. */
export function program<P extends PrimitiveName>(
  primitive: P,
  avals: readonly Aval[],
  params: Params<P>,
): Jaxpr {
  const inputs = avals.map(makeVar)
  const outputs = abstractEval(primitive, avals, params).map(makeVar)
  return { inputs, equations: [makeEquation(primitive, inputs, outputs, params)], outputs }
}

export interface Result {
  readonly dtype: DType
  readonly shape: Shape
  readonly values: readonly number[]
}

/** What the reference backend makes of one primitive. */
export function apply<P extends PrimitiveName>(
  primitive: P,
  operands: readonly Operand[],
  params: Params<P>,
): Result[] {
  const jaxpr = program(
    primitive,
    operands.map((x) => x.aval),
    params,
  )
  const results = interpret(
    jaxpr,
    operands.map((x) => x.data),
  )
  return jaxpr.outputs.map(({ aval }, i) => ({
    dtype: aval.dtype,
    shape: aval.shape,
    values: Array.from(results[i] ?? []),
  }))
}

/** The numbers of the only result. */
export const valuesOf = <P extends PrimitiveName>(
  primitive: P,
  operands: readonly Operand[],
  params: Params<P>,
): readonly number[] => apply(primitive, operands, params)[0]?.values ?? []
