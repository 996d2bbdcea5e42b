/**
 * Elementwise primitives in random programs.
 */

import { isFloat } from '../../../core/dtype.js'
import type { NoParams } from '../../../core/primitives/signature.js'
import type { ElementwiseSigs } from '../../../core/primitives/elementwise.js'
import { product, type Kind, type Pick, type ProgramBuilder, type Value } from '../builder.js'
import { rough, smooth, type Generator, type GeneratorTable } from './generator.js'

/** The primitives without parameters. */
type Plain = {
  [P in keyof ElementwiseSigs]: ElementwiseSigs[P]['params'] extends NoParams
    ? NoParams extends ElementwiseSigs[P]['params']
      ? P
      : never
    : never
}[keyof ElementwiseSigs]
type Range = readonly [low: number, high: number]

/** A function of floats in one of `domains`, with values in `[low, high]`. */
const float = (name: Plain, domains: readonly Range[], low: number, high: number): Generator =>
  smooth((b, pick) => {
    const [from, to] = pick.from(domains)
    b.emit(name, [b.floatWithin(pick, from, to)], {}, low, high)
  })

/** One of the kinds that the primitive takes. */
const anyOf = (
  b: ProgramBuilder,
  pick: Pick,
  kinds: readonly Kind[],
): { readonly kind: Kind; readonly x: Value } => {
  const kind = pick.kind(kinds)
  return { kind, x: b.any(pick, kind) }
}
const integerKinds: readonly Kind[] = ['int', 'uint']
const bitKinds: readonly Kind[] = ['int', 'uint', 'bool']
/** What integer arithmetic may wrap to. */
const wide: Range = [-(2 ** 31), 2 ** 32]

const alongside = (b: ProgramBuilder, pick: Pick, kind: Kind, x: Value): Value =>
  b.shaped(pick, kind, x.aval.shape)

const arithmetic = (name: Plain, range: (x: Value, y: Value) => Range): Generator =>
  smooth((b, pick) => {
    const { kind, x } = anyOf(b, pick, ['float', 'int', 'uint'])
    const y = alongside(b, pick, kind, x)
    b.emit(name, [x, y], {}, ...(kind === 'float' ? range(x, y) : wide))
  })

const bits = (name: Plain, kinds: readonly Kind[] = bitKinds): Generator =>
  smooth((b, pick) => {
    const { kind, x } = anyOf(b, pick, kinds)
    b.emit(name, [x, alongside(b, pick, kind, x)], {}, ...(kind === 'bool' ? ([0, 1] as const) : wide))
  })

/** Counts up to 40: shifting by 32 or more is defined, too. */
const shift = (name: Plain): Generator =>
  smooth((b, pick) => {
    const { x } = anyOf(b, pick, integerKinds)
    b.emit(name, [x, b.integers(pick, x.aval.shape, 0, pick.flag() ? 40 : 7, x.aval.dtype)], {}, ...wide)
  })

const count = (name: Plain): Generator =>
  smooth((b, pick) => void b.emit(name, [anyOf(b, pick, integerKinds).x], {}, 0, 32))

/** Two operands whose elements are at least 1/2 apart, in an order that changes from element to element. */
function apart(b: ProgramBuilder, pick: Pick, kind: Kind): [Value, Value] {
  const x = b.any(pick, kind)
  const y = alongside(b, pick, kind, x)
  return kind === 'float' ? [b.spread(pick, x, 2, 0), b.spread(pick, y, 2, 1)] : [x, y]
}
const everyKind: readonly Kind[] = ['float', 'int', 'uint', 'bool']

const comparison = (name: Plain): Generator =>
  smooth((b, pick) => void b.emit(name, apart(b, pick, pick.kind(everyKind)), {}, 0, 1))

const extremum = (name: Plain): Generator =>
  smooth((b, pick) => {
    const [x, y] = apart(b, pick, pick.kind(everyKind))
    b.emit(name, [x, y], {}, Math.min(x.low, y.low), Math.max(x.high, y.high))
  })

/** In (n + 1/5, n + 4/5), where floor and ceil are constant. */
const between = (b: ProgramBuilder, pick: Pick): Value => {
  const n = pick.next(5) - 2
  return b.floatWithin(pick, n + 0.2, n + 0.8)
}
const step = (name: 'floor' | 'ceil'): Generator =>
  smooth((b, pick) => void b.emit(name, [between(b, pick)], {}, -2, 3))

/** Away from 0, on either side. */
const signed: readonly Range[] = [[0.5, 2], [-2, -0.5]] // prettier-ignore
const nonzero = (b: ProgramBuilder, pick: Pick, x: Value): Value => b.within(x, ...pick.from(signed))

const division = (b: ProgramBuilder, pick: Pick): void => {
  const { kind, x } = anyOf(b, pick, ['float', 'int', 'uint'])
  const y = alongside(b, pick, kind, x)
  if (kind !== 'float') b.emit('div', [x, y], {}, ...wide)
  else {
    const divisor = nonzero(b, pick, y)
    b.emit('div', [x, divisor], {}, ...product(x, { low: 1 / divisor.high, high: 1 / divisor.low }))
  }
}

const dividends: readonly Range[] = [[5, 5.5], [-5.5, -5]] // prettier-ignore
const divisors: readonly Range[] = [[1.9, 2], [-2, -1.9]] // prettier-ignore
/** x / y in ±(2.5, 2.9), so that the whole quotient is constant. */
const remainder = (b: ProgramBuilder, pick: Pick): void => {
  const { kind, x } = anyOf(b, pick, ['float', 'int', 'uint'])
  const y = alongside(b, pick, kind, x)
  if (kind !== 'float') b.emit('rem', [x, y], {}, ...wide)
  else b.emit('rem', [b.within(x, ...pick.from(dividends)), b.within(y, ...pick.from(divisors))], {}, -2, 2)
}

const power = (b: ProgramBuilder, pick: Pick): void => {
  const { kind, x } = anyOf(b, pick, ['float', 'int'])
  if (kind === 'float')
    b.emit('pow', [b.within(x, 0.5, 2), b.within(alongside(b, pick, kind, x), -2, 2)], {}, 0.25, 4)
  else b.emit('pow', [x, b.integers(pick, x.aval.shape, 0, 3, x.aval.dtype)], {}, ...wide)
}

function choice(b: ProgramBuilder, pick: Pick): void {
  const x = b.any(pick, pick.kind(everyKind))
  const kind = everyKind.find((k) => b.dtypeOf(k) === x.aval.dtype) ?? 'float'
  const y = alongside(b, pick, kind, x)
  b.emit(
    'select',
    [b.shaped(pick, 'bool', x.aval.shape), x, y],
    {},
    Math.min(x.low, y.low),
    Math.max(x.high, y.high),
  )
}

/** Bounds at 1 and 2.5 (moved by less than 1/2); x well below, between or above them. */
function clamped(b: ProgramBuilder, pick: Pick): void {
  const x = b.any(pick, pick.kind(['float', 'int'] as const))
  const { shape, dtype } = x.aval
  if (!isFloat(dtype)) {
    b.emit(
      'clamp',
      [b.integers(pick, shape, -3, 0, dtype), x, b.integers(pick, shape, 1, 4, dtype)],
      {},
      -3,
      4,
    )
    return
  }
  const low = b.within(b.shaped(pick, 'float', shape), 1, 1.4)
  const high = b.within(b.shaped(pick, 'float', shape), 2.5, 2.9)
  const levels = Array.from({ length: x.aval.size }, (_, i) => [0, 1.6, 3.1][(i + pick.next(3)) % 3] ?? 0)
  const inside = b.emit('add', [b.within(x, 0, 0.5), b.data(levels, shape, dtype)], {}, 0, 3.6)
  b.emit('clamp', [low, inside, high], {}, 1, 2.9)
}

/** Floats that become integers stay between two of them; narrow dtypes get numbers that they hold or wrap. */
function conversion(b: ProgramBuilder, pick: Pick): void {
  const kind = pick.kind(everyKind)
  if (kind === 'float') {
    const dtype = pick.from(['int32', 'int8', 'uint8', 'uint32'] as const)
    const x = between(b, pick)
    const [low, high] = dtype === 'int32' || dtype === 'int8' ? [-2, 3] : [0, 3]
    b.emit('convert', [x], { dtype }, low, high)
    return
  }
  const x = b.any(pick, kind)
  // The half types only get numbers that are exact in float32, so that they are rounded once.
  const halves = x.low > -(2 ** 24) && x.high < 2 ** 24 ? (['float16', 'bfloat16'] as const) : []
  const dtype = pick.from([b.float, 'int32', 'uint32', 'bool', 'int8', 'uint8', ...halves] as const)
  const bounds: Range =
    dtype === 'bool'
      ? [0, 1]
      : dtype === 'int8'
        ? [-128, 127]
        : dtype === 'uint8'
          ? [0, 255]
          : x.low < 0 && dtype === 'uint32'
            ? [0, 2 ** 32]
            : [x.low, x.high]
  b.emit('convert', [x], { dtype }, ...bounds)
}

const bitcast = (b: ProgramBuilder, pick: Pick): void => {
  const { kind, x } = anyOf(b, pick, integerKinds)
  b.emit('bitcast', [x], { dtype: kind === 'int' ? 'uint32' : 'int32' }, ...wide)
}

const positive: readonly Range[] = [[0.3, 4]]

export const elementwise: GeneratorTable<ElementwiseSigs> = {
  neg: smooth((b, pick) => {
    const { x } = anyOf(b, pick, ['float', 'int'])
    b.emit('neg', [x], {}, -x.high, -x.low)
  }),
  add: arithmetic('add', (x, y) => [x.low + y.low, x.high + y.high]),
  mul: arithmetic('mul', (x, y) => product(x, y)),
  sub: arithmetic('sub', (x, y) => [x.low - y.high, x.high - y.low]),
  sin: float('sin', [[-4, 4]], -1, 1),
  cos: float('cos', [[-4, 4]], -1, 1),
  tanh: float('tanh', [[-4, 4]], -1, 1),
  exp: float('exp', [[-2, 2]], 0.1, 7.5),
  exp2: float('exp2', [[-2, 2]], 0.2, 4),
  expm1: float('expm1', [[-2, 2]], -0.9, 6.5),
  log: float('log', positive, -1.3, 1.4),
  log1p: float('log1p', [[-0.6, 3]], -1, 1.4),
  sqrt: float('sqrt', positive, 0.5, 2),
  rsqrt: float('rsqrt', positive, 0.5, 1.9),
  cbrt: float('cbrt', [[0.3, 4], [-4, -0.3]], -1.6, 1.6), // prettier-ignore
  tan: float('tan', [[-1, 1]], -1.6, 1.6),
  asin: float('asin', [[-0.8, 0.8]], -1, 1),
  acos: float('acos', [[-0.8, 0.8]], 0.6, 2.6),
  atan: float('atan', [[-4, 4]], -1.4, 1.4),
  sinh: float('sinh', [[-2, 2]], -3.7, 3.7),
  cosh: float('cosh', [[-2, 2]], 1, 3.8),
  asinh: float('asinh', [[-4, 4]], -2.1, 2.1),
  acosh: float('acosh', [[1.3, 4]], 0.7, 2.1),
  atanh: float('atanh', [[-0.8, 0.8]], -1.1, 1.1),
  logistic: float('logistic', [[-4, 4]], 0, 1),
  erf: float('erf', [[-2, 2]], -1, 1),
  erfc: float('erfc', [[-2, 2]], 0, 2),
  erfInv: float('erfInv', [[-0.8, 0.8]], -1, 1),
  lgamma: float('lgamma', [[0.5, 4]], -0.2, 1.8),
  digamma: float('digamma', [[0.5, 4]], -2, 1.3),
  floor: step('floor'),
  ceil: step('ceil'),
  round: smooth((b, pick) => {
    const n = pick.next(5) - 2
    b.emit(
      'round',
      [b.floatWithin(pick, n - 0.4, n + 0.4)],
      { method: pick.from(['toNearestEven', 'awayFromZero'] as const) },
      n,
      n,
    )
  }),
  isFinite: smooth((b, pick) => void b.emit('isFinite', [b.any(pick, 'float')], {}, 0, 1)),
  abs: smooth((b, pick) => {
    const { kind, x } = anyOf(b, pick, ['float', 'int'])
    const operand = kind === 'float' ? nonzero(b, pick, x) : x
    b.emit('abs', [operand], {}, 0, Math.max(Math.abs(operand.low), Math.abs(operand.high)))
  }),
  sign: smooth((b, pick) => {
    const { kind, x } = anyOf(b, pick, ['float', 'int'])
    b.emit('sign', [kind === 'float' ? nonzero(b, pick, x) : x], {}, -1, 1)
  }),
  integerPow: smooth((b, pick) => {
    const exponent = pick.from([2, 3, 1, 0, -1, -2, 5])
    b.emit('integerPow', [nonzero(b, pick, b.any(pick, 'float'))], { exponent }, -32, 32)
  }),
  stopGradient: rough((b, pick) => {
    const x = b.any(pick, 'float')
    b.emit('stopGradient', [x], {}, x.low, x.high)
  }),
  not: smooth((b, pick) => {
    const { kind, x } = anyOf(b, pick, bitKinds)
    b.emit('not', [x], {}, ...(kind === 'bool' ? ([0, 1] as const) : wide))
  }),
  and: bits('and'),
  or: bits('or'),
  xor: bits('xor'),
  shiftLeft: shift('shiftLeft'),
  shiftRightLogical: shift('shiftRightLogical'),
  shiftRightArithmetic: shift('shiftRightArithmetic'),
  populationCount: count('populationCount'),
  clz: count('clz'),
  div: smooth(division),
  rem: smooth(remainder),
  pow: smooth(power),
  max: extremum('max'),
  min: extremum('min'),
  atan2: smooth((b, pick) => {
    const y = b.any(pick, 'float')
    b.emit('atan2', [b.within(y, -2, 2), nonzero(b, pick, alongside(b, pick, 'float', y))], {}, -3.2, 3.2)
  }),
  nextAfter: rough((b, pick) => {
    const x = b.any(pick, 'float')
    b.emit('nextAfter', [x, alongside(b, pick, 'float', x)], {}, x.low, x.high)
  }),
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
  select: smooth(choice),
  clamp: smooth(clamped),
  convert: smooth(conversion),
  bitcast: smooth(bitcast),
}
