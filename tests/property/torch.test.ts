// Laws of PyTorch's layouts: what is written for PyTorch is read again as it was, and the other way round.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { io } from 'cotangent'
import { hostArray, roundTo, type DType } from '../../src/core/dtype.js'
import { sizeOf, type Shape } from '../../src/core/shape.js'
import { law } from './support.js'

type Tensors = Readonly<Record<string, io.HostTensor>>
/** Tensors of a module or layer below its name, and what the options have to say of it. */
interface Part {
  readonly tensors: Tensors
  readonly kinds?: Readonly<Record<string, io.TorchKind>>
  readonly flattened?: Shape
}

const size = fc.integer({ min: 1, max: 3 })

const tensor = (dtype: DType, ...shape: number[]): fc.Arbitrary<io.HostTensor> =>
  fc
    .array(fc.oneof(fc.constant(-0), fc.double({ noNaN: true, min: -9, max: 9 })), {
      minLength: sizeOf(shape),
      maxLength: sizeOf(shape),
    })
    .map((numbers) => {
      const data = hostArray(dtype, numbers.length)
      data.set(numbers.map((x) => roundTo(dtype, x)))
      return { data, shape, dtype }
    })

const zeros = (dtype: DType, n: number): fc.Arbitrary<io.HostTensor> =>
  fc.constant({ data: hostArray(dtype, n), shape: [n], dtype })

/** A record of tensors, each made by an arbitrary. */
const record = (parts: Readonly<Record<string, fc.Arbitrary<io.HostTensor>>>): fc.Arbitrary<Tensors> =>
  fc.record(parts).map((tensors) => ({ ...tensors }))

const prefixed = (prefix: string, tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [prefix === '' ? name : `${prefix}.${name}`, x]),
  )

const joined = (parts: readonly Tensors[]): Tensors => Object.assign({}, ...parts) as Tensors

const dtypes = fc.constantFrom<DType>('float32', 'float16')
const gates = fc.constantFrom(1, 3, 4)
const several = fc.integer({ min: 1, max: 3 })

/** Layers with one kernel; `here` says whose names and layouts are meant. */
const simple = (here: boolean): fc.Arbitrary<Part> =>
  fc
    .tuple(
      fc.constantFrom('dense', 'flat', 'conv', 'convTranspose', 'embedding', 'norm'),
      dtypes,
      size,
      size,
      size,
    )
    .chain(([kind, dtype, a, b, c]) => {
      const bias = { bias: tensor(dtype, c) }
      const of = (name: string, shape: number[], rest: Partial<Part> = {}, more = {}): fc.Arbitrary<Part> =>
        record({ [here ? name : 'weight']: tensor(dtype, ...shape), ...more }).map((tensors) => ({
          tensors,
          ...rest,
        }))
      switch (kind) {
        case 'flat':
          return of('kernel', here ? [a * b * 2, c] : [c, a * b * 2], { flattened: [a, b, 2] }, bias)
        case 'conv':
          return of('kernel', here ? [2, a, b, c] : [c, b, 2, a], {}, bias)
        case 'convTranspose':
          return of('kernel', here ? [2, a, b, c] : [b, c, 2, a], { kinds: { '': 'convTranspose' } }, bias)
        case 'embedding':
          return of('embedding', [a, b], { kinds: { '': 'embedding' } })
        case 'norm':
          return of('scale', [c], {}, bias)
        default:
          return of('kernel', here ? [a, c] : [c, a], {}, bias)
      }
    })

const attentionHere = fc
  .tuple(dtypes, size, size, fc.boolean())
  .chain(([dtype, features, inner, hasBias]) => {
    const projection = (from: number, to: number): fc.Arbitrary<Tensors> =>
      record({ kernel: tensor(dtype, from, to), ...(hasBias ? { bias: tensor(dtype, to) } : {}) })
    const [into, out] = [projection(features, inner), projection(inner, features)]
    return fc.record({ query: into, key: into, value: into, output: out }).map((parts): Part => ({
      tensors: joined(Object.entries(parts).map(([name, tensors]) => prefixed(name, tensors))),
    }))
  })

const attentionThere = fc.tuple(dtypes, size, fc.boolean()).chain(([dtype, n, hasBias]) =>
  record({
    in_proj_weight: tensor(dtype, 3 * n, n),
    'out_proj.weight': tensor(dtype, n, n),
    ...(hasBias ? { in_proj_bias: tensor(dtype, 3 * n), 'out_proj.bias': tensor(dtype, n) } : {}),
  }).map((tensors): Part => ({ tensors })),
)

/** One cell here. */
const cell = (dtype: DType, count: number, inputs: number, units: number): fc.Arbitrary<Tensors> =>
  record({
    kernel: tensor(dtype, inputs, count * units),
    recurrentKernel: tensor(dtype, units, count * units),
    bias: tensor(dtype, count * units),
    ...(count === 3 ? { recurrentBias: tensor(dtype, units) } : {}),
  })

/** One recurrent layer, or some in a list: of equal units, as in a stack, or not, and perhaps beside a dense layer. */
const recurrentHere = fc
  .tuple(dtypes, several, fc.boolean(), fc.array(fc.tuple(gates, size, size), { minLength: 3, maxLength: 3 }))
  .chain(([dtype, count, areEqual, sizes]) =>
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).chain(([isBoth, hasHead, isList]) => {
      const ways = isBoth ? ['forward', 'backward'] : ['']
      const [first = [1, 1, 1] as const] = sizes
      const layers = sizes.slice(0, count).flatMap((own, i) => {
        const [g, inputs, units] = areEqual
          ? ([first[0], i === 0 ? 2 : ways.length * first[2], first[2]] as const)
          : own
        const name = (way: string): string =>
          [count > 1 || isList ? String(i) : '', way].filter((part) => part !== '').join('.')
        return ways.map((way) => cell(dtype, g, inputs, units).map((tensors) => prefixed(name(way), tensors)))
      })
      const head = record({ kernel: tensor(dtype, 2, 2) }).map((tensors) => prefixed(String(count), tensors))
      return fc
        .tuple(...layers, ...(hasHead && (count > 1 || isList) ? [head] : []))
        .map((parts): Part => ({ tensors: joined(parts) }))
    }),
  )

/** One layer of a module of PyTorch; of its second bias only the part that cannot be added to the first is not zero. */
const cellThere = (dtype: DType, count: number, inputs: number, units: number, suffix: string) =>
  record({
    [`weight_ih_${suffix}`]: tensor(dtype, count * units, inputs),
    [`weight_hh_${suffix}`]: tensor(dtype, count * units, units),
    [`bias_ih_${suffix}`]: tensor(dtype, count * units),
    [`bias_hh_${suffix}`]:
      count === 3
        ? tensor(dtype, units).map((last) => {
            const data = hostArray(dtype, 3 * units)
            data.set(last.data, 2 * units)
            return { data, shape: [3 * units], dtype }
          })
        : zeros(dtype, count * units),
  })

/** An RNN, LSTM or GRU of some layers and directions, or a list of such modules of one layer each. */
const recurrentThere = fc
  .tuple(dtypes, several, fc.boolean(), gates, size, size, fc.boolean())
  .chain(([dtype, count, isBoth, g, inputs, units, isList]) => {
    const ways = isBoth ? ['', '_reverse'] : ['']
    const parts = Array.from({ length: count }, (_, i) =>
      ways.map((way) =>
        cellThere(dtype, g, i === 0 ? inputs : ways.length * units, units, `l${isList ? 0 : i}${way}`).map(
          (tensors) => (isList ? prefixed(String(i), tensors) : tensors),
        ),
      ),
    )
    const own = Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), 'recurrent' as const]))
    return fc.tuple(...parts.flat()).map((cells): Part => ({
      tensors: joined(cells),
      ...(isList ? { kinds: own } : count === 1 ? { kinds: { '': 'recurrent' } } : {}),
    }))
  })

/** A model of named parts. */
const models = (part: fc.Arbitrary<Part>) =>
  fc
    .dictionary(fc.constantFrom('a', 'b', 'net.0', 'net.1', 'forward', 'backward'), part, {
      minKeys: 1,
      noNullPrototype: true,
    })
    .map((parts) => {
      const entries = Object.entries(parts)
      const kinds: Record<string, io.TorchKind> = {}
      const flattened: Record<string, Shape> = {}
      for (const [name, own] of entries) {
        for (const [below, kind] of Object.entries(own.kinds ?? {}))
          kinds[below === '' ? name : `${name}.${below}`] = kind
        if (own.flattened !== undefined) flattened[name] = own.flattened
      }
      const options: io.TorchOptions = { kinds, flattened }
      return { tensors: joined(entries.map(([name, own]) => prefixed(name, own.tensors))), options }
    })

law(
  'PyTorch: fromTorch∘toTorch = id',
  models(fc.oneof(simple(true), attentionHere, recurrentHere)),
  120,
  ({ tensors, options }) => {
    const given = prefixed('params', tensors)
    expect(io.fromTorch(io.toTorch(given, options), options)).toEqual(given)
  },
)

law(
  'PyTorch: toTorch∘fromTorch = id',
  models(fc.oneof(simple(false), attentionThere, recurrentThere)),
  120,
  ({ tensors, options }) => {
    expect(io.toTorch(io.fromTorch(tensors, options), options)).toEqual(tensors)
  },
)
