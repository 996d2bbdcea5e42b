/**
 * The table of a model: its layers, the shapes of their outputs, and how many parameters they have.
 */

import { bitsOf, type DType } from '../core/dtype.js'
import { sizeOf, type Shape } from '../core/shape.js'
import { flatten } from '../core/tree.js'
import * as np from '../numpy/index.js'
import * as random from '../random/index.js'
import { evalShape } from '../transforms/index.js'
import type { Layer } from './layers/layer.js'

interface Struct {
  readonly shape: Shape
  readonly dtype: DType
}

/** What `layer` would make, without making it. */
interface Traced {
  readonly params: readonly Struct[]
  readonly state: readonly Struct[]
  readonly output: Shape
}

function traced(layer: Layer, inputShape: Shape): Traced {
  const { inputDType: dtype = 'float32' } = layer
  const all = evalShape(() => {
    const variables = layer.init(random.key(0), inputShape)
    const [y] = layer.apply(variables, np.zeros([1, ...inputShape], { dtype }))
    return { params: variables.params, state: variables.state, y }
  }) as { readonly params: unknown; readonly state: unknown; readonly y: Struct }
  const isStruct = (x: unknown): boolean =>
    typeof x === 'object' && x !== null && 'dtype' in x && 'shape' in x
  const structs = (tree: unknown): readonly Struct[] => flatten(tree, isStruct)[0] as Struct[]
  return { params: structs(all.params), state: structs(all.state), output: all.y.shape.slice(1) }
}

const count = (structs: readonly Struct[]): number =>
  structs.reduce((total, { shape }) => total + sizeOf(shape), 0)
const bytes = (structs: readonly Struct[]): number =>
  structs.reduce((total, { shape, dtype }) => total + (sizeOf(shape) * bitsOf(dtype)) / 8, 0)

/** One row for each layer; those of a sequence are indented below it. */
function rowsOf(layer: Layer, inputShape: Shape, label: string, indent: string): string[][] {
  const { params, output } = traced(layer, inputShape)
  const title = `${indent}${label}${layer.name ?? 'layer'}`
  const shape = `[${['batch', ...output].join(', ')}]`
  const own = [title, shape, grouped(count(params)), grouped(bytes(params))]
  if (layer.layers === undefined) return [own]
  const inner: string[][] = []
  let next = inputShape
  layer.layers.forEach((part, i) => {
    inner.push(...rowsOf(part, next, `${i} `, label === '' ? '' : `${indent}  `))
    next = traced(part, next).output
  })
  // The outermost sequence is the table itself.
  return label === '' ? inner : [own, ...inner]
}

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/**
 * The table of a model for examples of shape `inputShape`, as text: a row for each layer with the shape of its output,
 * the number of its parameters and their bytes, then the totals. Nothing is computed, so it is fast for large models.
 *
 * @example
 * ```ts
 * import { nn } from 'cotangent'
 * const model = nn.sequential(nn.conv(8, 3), nn.batchNorm(), nn.activation(nn.relu), nn.flatten(), nn.dense(10))
 * console.log(nn.summary(model, [8, 8, 1]))
 * // Layer        Output shape      Parameters   Bytes
 * // ─────────────────────────────────────────────────
 * // 0 conv       [batch, 8, 8, 8]          80     320
 * // 1 batchNorm  [batch, 8, 8, 8]          16      64
 * // 2 relu       [batch, 8, 8, 8]           0       0
 * // 3 flatten    [batch, 512]               0       0
 * // 4 dense      [batch, 10]            5,130  20,520
 * // ─────────────────────────────────────────────────
 * // Total                               5,226  20,904
 * // State                                  16      64
 * ```
 */
export function summary<P, S>(model: Layer<P, S>, inputShape: Shape): string {
  const { params, state } = traced(model, inputShape)
  const total = ['Total', '', grouped(count(params)), grouped(bytes(params))]
  const states = count(state) === 0 ? [] : [['State', '', grouped(count(state)), grouped(bytes(state))]]
  const header = ['Layer', 'Output shape', 'Parameters', 'Bytes']
  const rows = rowsOf(model, inputShape, '', '')
  const widths = header.map((_, i) =>
    Math.max(...[header, ...rows, total, ...states].map((row) => row[i]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))
  return [line(header), rule, ...rows.map(line), rule, line(total), ...states.map(line)].join('\n')
}
