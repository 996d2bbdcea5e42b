/**
 * Recurrent modules of PyTorch ↔ recurrent layers here. A module may hold several layers, weight_ih_l0, weight_ih_l1 …, and
 * both ways, weight_ih_l0_reverse; here each cell has its own kernel, recurrentKernel and bias.
 */

import { fail } from '../core/errors.js'
import { range, sameShape } from '../core/shape.js'
import type { HostTensor } from './host.js'
import { add, permute, rows, stackRows, zeros } from './hostLayout.js'
import { dotted, type Module, type Put, type TorchOptions } from './torchLayout.js'

/** Hands on the cells of a module, each below its number where there are several, and its direction where there are both. */
export function recurrentFromTorch(name: string, own: Module, put: Put): void {
  const isDeep = own.has('weight_ih_l1')
  const isBidirectional = own.has('weight_ih_l0_reverse')
  for (const [key, tensor] of own) {
    const [, what, layer, reverse] = /^((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?$/.exec(key) ?? []
    // Projections of an LSTM, say, which no layer here has.
    if (layer === undefined) put(key, tensor)
    if (layer === undefined || what !== 'weight_ih') continue
    const direction = isBidirectional ? (reverse === undefined ? 'forward' : 'backward') : ''
    const part = (of: string): HostTensor | undefined => own.get(`${of}_l${layer}${reverse ?? ''}`)
    for (const [parameter, value] of cellFromTorch(dotted(name, key), part))
      put(dotted(isDeep ? layer : '', direction, parameter), value)
  }
}

/** Gates are in the same order here; of the two biases only the GRU's new value needs both. */
function cellFromTorch(
  name: string,
  part: (what: string) => HostTensor | undefined,
): (readonly [string, HostTensor])[] {
  const [input, state] = [part('weight_ih'), part('weight_hh')]
  const [width = 0, units = 0] = state?.shape ?? []
  const gates = width / units
  if (input === undefined || state === undefined || ![1, 3, 4].includes(gates) || input.shape[0] !== width)
    return fail('shape', {
      operation: 'io.fromTorch',
      shapes: [input?.shape ?? [], state?.shape ?? []],
      expected: `${name} [gates · units, inputs] and its weight_hh [gates · units, units] with 1, 3 or 4 gates`,
    })
  const none = zeros([width], input.dtype)
  const [inputBias, stateBias] = [part('bias_ih') ?? none, part('bias_hh') ?? none]
  const kernels = [
    ['kernel', permute(input, [1, 0])],
    ['recurrentKernel', permute(state, [1, 0])],
  ] as const
  if (gates !== 3) return [...kernels, ['bias', add(inputBias, stateBias)]]
  const outer = stackRows([rows(stateBias, 0, 2 * units), zeros([units], input.dtype)])
  return [
    ...kernels,
    ['bias', add(inputBias, outer)],
    ['recurrentBias', rows(stateBias, 2 * units, 3 * units)],
  ]
}

/** The parameters of a cell, checked. */
interface Cell {
  readonly kernel: HostTensor
  readonly recurrentKernel: HostTensor
  readonly bias: HostTensor
  /** The GRU's. */
  readonly recurrentBias: HostTensor | undefined
}

function cellOf(layer: string, own: Module): Cell {
  const [kernel, recurrentKernel, bias, recurrentBias] = [
    'kernel',
    'recurrentKernel',
    'bias',
    'recurrentBias',
  ].map((key) => own.get(key))
  const [units = 0, width = 0] = recurrentKernel?.shape ?? []
  const isGru = width === 3 * units
  if (
    kernel !== undefined &&
    recurrentKernel !== undefined &&
    bias !== undefined &&
    isGru === (recurrentBias !== undefined)
  )
    return { kernel, recurrentKernel, bias, recurrentBias }
  return fail('tree', {
    operation: 'io.toTorch',
    path: layer,
    expected: `kernel, recurrentKernel${isGru ? ', bias and recurrentBias' : ' and bias'}`,
    received: [...own.keys()].join(', '),
  })
}

/** A layer of one direction, or of both. */
interface Layer {
  readonly cells: readonly Cell[]
  readonly path: string
}

/** The recurrent layers of a tree: `forward` and `backward` of one shape are one layer. */
function layersOf(cells: ReadonlyMap<string, Cell>, isOwn: (path: string) => boolean): Layer[] {
  const layers: Layer[] = []
  const taken = new Set<string>()
  for (const [path, cell] of cells) {
    if (!/(^|\.)forward$/.test(path)) continue
    const other = path.replace(/forward$/, 'backward')
    const backward = cells.get(other)
    if (backward === undefined || !areAlike(cell, backward) || isOwn(path) || isOwn(other)) continue
    layers.push({ path: path.replace(/\.?forward$/, ''), cells: [cell, backward] })
    taken.add(path).add(other)
  }
  for (const [path, cell] of cells) if (!taken.has(path)) layers.push({ path, cells: [cell] })
  return layers
}

const areAlike = (a: Cell, b: Cell): boolean =>
  sameShape(a.kernel.shape, b.kernel.shape) && sameShape(a.recurrentKernel.shape, b.recurrentKernel.shape)

/** Whether the layers, by their numbers, can be one module: each reads what the one before it gives. */
function areStack(layers: readonly Layer[]): boolean {
  const [first] = layers
  const [units = 0] = first?.cells[0]?.recurrentKernel.shape ?? []
  return (
    layers.length > 1 &&
    layers.every(
      ({ cells }, i) =>
        cells.length === first?.cells.length &&
        cells.every(
          ({ kernel, recurrentKernel }) =>
            sameShape(recurrentKernel.shape, first.cells[0]?.recurrentKernel.shape ?? []) &&
            (i === 0 || kernel.shape[0] === units * cells.length),
        ),
    )
  )
}

/**
 * Puts the recurrent layers among `modules` under PyTorch's names. Layers NAME.0, NAME.1 … with nothing beside them are one
 * module NAME if they can be; where `kinds` says 'recurrent' of them, each is a module of its own.
 */
export function recurrentToTorch(
  modules: ReadonlyMap<string, Module>,
  { kinds = {} }: TorchOptions,
  put: Put,
): void {
  const recurrent = [...modules].filter(([, own]) => own.has('recurrentKernel'))
  const isOwn = (path: string): boolean => Object.hasOwn(kinds, path) && kinds[path] === 'recurrent'
  const layers = layersOf(new Map(recurrent.map(([path, own]) => [path, cellOf(path, own)])), isOwn)
  const byPath = new Map(layers.map((layer) => [layer.path, layer]))
  const placed = new Set<Layer>()
  for (const { path } of layers) {
    if (!/(^|\.)0$/.test(path)) continue
    const parent = path.replace(/\.?0$/, '')
    const below = [...modules.keys()].filter((name) => parent === '' || `${name}.`.startsWith(`${parent}.`))
    const numbered = range(below.length).flatMap((i) => byPath.get(dotted(parent, String(i))) ?? [])
    const isAll = numbered.reduce((sum, { cells }) => sum + cells.length, 0) === below.length
    if (!isAll || !areStack(numbered) || numbered.some((layer) => isOwn(layer.path))) continue
    numbered.forEach((layer, i) => {
      putLayer(parent, `l${i}`, layer, put)
      placed.add(layer)
    })
  }
  for (const layer of layers) if (!placed.has(layer)) putLayer(layer.path, 'l0', layer, put)
}

/** The bias that PyTorch adds to the state's part is zero, but for the GRU's new value. */
function putLayer(module: string, suffix: string, { cells }: Layer, put: Put): void {
  cells.forEach(({ kernel, recurrentKernel, bias, recurrentBias }, direction) => {
    const name = (what: string): string =>
      dotted(module, `${what}_${suffix}${direction === 0 ? '' : '_reverse'}`)
    const [units = 0, width = 0] = recurrentKernel.shape
    const none = zeros([width], bias.dtype)
    put(name('weight_ih'), permute(kernel, [1, 0]))
    put(name('weight_hh'), permute(recurrentKernel, [1, 0]))
    put(name('bias_ih'), bias)
    put(
      name('bias_hh'),
      recurrentBias === undefined ? none : stackRows([rows(none, 0, width - units), recurrentBias]),
    )
  })
}
