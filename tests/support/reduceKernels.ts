/** Hand-made reduce kernels for tests of the WASM emission: single reductions of every kind, and softmax in stages. */

import { sizeOf, type Shape } from '../../src/core/shape.js'
import { ExprBuilder, type Expr, type Lane, type Position } from '../../src/lowering/expr.js'
import type { Combiner, ReduceKernel } from '../../src/lowering/kernel.js'
import { axesOf, identityPosition, ravel } from '../../src/lowering/position.js'
import { checkProgram, programOf, randomArray } from './kernelPrograms.js'

const dtypeOf = { f32: 'float32', f64: 'float64', i32: 'int32', u32: 'uint32', bool: 'bool' } as const

/** Where a row's result goes: the position among the kept axes. */
export function rowPosition(shape: Shape, reduced: readonly number[]): Position {
  const kept = shape.map((_, i) => i).filter((i) => !reduced.includes(i))
  const axes = axesOf<Expr>(shape)
  return ravel(
    kept.map((i) => axes[i] as Position),
    kept.map((i) => shape[i] ?? 1),
  )
}

export function reduceKernel(
  shape: Shape,
  reduced: readonly number[],
  combiner: Combiner,
  lane: Lane,
): ReduceKernel {
  const b = new ExprBuilder()
  const resultLane = combiner === 'argmax' || combiner === 'argmin' ? 'i32' : lane
  const value = b.load(0, lane, identityPosition(shape))
  return {
    kind: 'reduce',
    shape,
    reduced,
    stages: [[{ index: 0, combiner, value, lane: resultLane }]],
    rowStores: [{ buffer: 1, position: rowPosition(shape, reduced), value: b.result(0, resultLane) }],
    elementStores: [],
  }
}

/** The reduction of an array of `shape` in the module and in the interpreter; `change` edits the data. */
export function checkReduction(
  shape: Shape,
  reduced: readonly number[],
  combiner: Combiner,
  lane: Lane,
  change: (data: ReturnType<typeof randomArray>) => void = () => undefined,
): void {
  const size = sizeOf(shape)
  const kernel = reduceKernel(shape, reduced, combiner, lane)
  const rows = sizeOf(shape.filter((_, i) => !reduced.includes(i)))
  const data = randomArray(lane, size, size + reduced.length)
  change(data)
  const out = combiner === 'argmax' || combiner === 'argmin' ? 'i32' : lane
  checkProgram(
    programOf(
      [
        { role: 'input', dtype: dtypeOf[lane], size },
        { role: 'output', dtype: dtypeOf[out], size: rows },
      ],
      [kernel],
    ),
    [data],
    { rtol: 1e-5, atol: 1e-5 },
  )
}

export const combiners: Readonly<Record<Lane, Combiner[]>> = {
  f32: ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'],
  f64: ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'],
  i32: ['sum', 'prod', 'max', 'min', 'and', 'or', 'argmax', 'argmin'],
  u32: ['sum', 'prod', 'max', 'min', 'and', 'or', 'argmax', 'argmin'],
  bool: ['max', 'min', 'and', 'or', 'argmax', 'argmin'],
}
export const lanes = Object.keys(combiners) as Lane[]

/** softmax and its logsumexp: two stages, a row store and an element store. */
export function softmaxKernel(shape: Shape, axis: number): ReduceKernel {
  const b = new ExprBuilder()
  const at = identityPosition<Expr>(shape)
  const x = b.load(0, 'f32', at)
  const e = b.alu('exp', b.alu('sub', x, b.result(0, 'f32')))
  return {
    kind: 'reduce',
    shape,
    reduced: [axis],
    stages: [
      [{ index: 0, combiner: 'max', value: x, lane: 'f32' }],
      [{ index: 1, combiner: 'sum', value: e, lane: 'f32' }],
    ],
    rowStores: [
      {
        buffer: 1,
        position: rowPosition(shape, [axis]),
        value: b.alu('add', b.alu('log', b.result(1, 'f32')), b.result(0, 'f32')),
      },
    ],
    elementStores: [{ buffer: 2, position: at, value: b.alu('div', e, b.result(1, 'f32')) }],
  }
}
