/**
 * Constant folding and algebraic canonicalisation, one rule a line. Only identities that hold for every value
 * of the dtype, NaN, infinities and signed zeros included.
 */

import { isFloat, roundTo, type DType } from '../../core/dtype.js'
import {
  makeLiteral,
  type Atom,
  type Equation,
  type Jaxpr,
  type PrimitiveName,
  type Var,
} from '../../core/jaxpr.js'
import { range } from '../../core/shape.js'
import { rewriteJaxpr, type Rewriter } from './rewriter.js'

/** Folded with JS arithmetic, which is exact enough for float32 and exact for what the integers keep. */
const folds: { readonly [P in PrimitiveName]?: (x: number, y: number) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  neg: (x) => -x,
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
  abs: (x) => Math.abs(x),
  sqrt: (x) => Math.sqrt(x),
}
const floatFolds: { readonly [P in PrimitiveName]?: (x: number, y: number) => number } = {
  ...folds,
  div: (x, y) => x / y,
}

class Simplifier {
  /** Variables that hold one known number everywhere. */
  readonly #uniform = new Map<Var, number>()
  readonly #producer = new Map<Var, Equation>()
  readonly #uses = new Map<Atom, number>()

  constructor(jaxpr: Jaxpr) {
    const use = (atom: Atom): void => void this.#uses.set(atom, (this.#uses.get(atom) ?? 0) + 1)
    for (const { inputs } of jaxpr.equations) inputs.forEach(use)
    jaxpr.outputs.forEach(use)
  }

  valueOf(atom: Atom): number | null {
    return atom.kind === 'literal' ? atom.value : (this.#uniform.get(atom) ?? null)
  }

  visit(original: Equation, rewriter: Rewriter): void {
    const inputs = rewriter.atoms(original.inputs)
    const eqn = inputs === original.inputs ? original : ({ ...original, inputs } as Equation)
    const [output] = eqn.outputs
    if (output === undefined) return rewriter.keep(eqn)
    const folded = this.#fold(eqn, output)
    if (folded !== null) return this.#constant(folded, output, eqn, rewriter)
    const same = this.#identity(eqn, rewriter)
    if (same !== null) {
      rewriter.replace(output, same)
      return
    }
    for (const v of eqn.outputs) this.#producer.set(v, eqn)
    rewriter.keep(eqn)
  }

  #define<P extends PrimitiveName>(
    rewriter: Rewriter,
    primitive: P,
    inputs: readonly Atom[],
    params: Equation<P>['params'],
  ): Var {
    const made = rewriter.emit(primitive, inputs, params)
    const eqn = rewriter.equations.at(-1)
    if (eqn !== undefined) this.#producer.set(made, eqn)
    return made
  }

  /** The number that every element of the result has, if operands are known. */
  #fold(eqn: Equation, output: Var): number | null {
    const known: number[] = []
    for (const atom of eqn.inputs) {
      const value = this.valueOf(atom)
      if (value === null) return null
      known.push(value)
    }
    if (known.length === 0) return null
    const [x = 0, y = 0] = known
    const { dtype } = output.aval
    switch (eqn.primitive) {
      case 'broadcastInDim':
      case 'reshape':
      case 'transpose':
      case 'slice':
      case 'reverse':
      case 'stopGradient':
        return x
      case 'convert':
        return isFloat(dtype) || (Number.isInteger(x) && Math.abs(x) < 2 ** 31) ? roundTo(dtype, x) : null
      default:
        return this.#arithmetic(eqn.primitive, dtype, x, y)
    }
  }

  #arithmetic(primitive: PrimitiveName, dtype: DType, x: number, y: number): number | null {
    const fold = (isFloat(dtype) ? floatFolds : folds)[primitive]
    const value = fold === undefined || dtype === 'bool' ? null : fold(x, y)
    // An integer product beyond 2^53 would not wrap exactly.
    return value === null || (!isFloat(dtype) && !Number.isSafeInteger(value)) ? null : roundTo(dtype, value)
  }

  #constant(value: number, output: Var, eqn: Equation, rewriter: Rewriter): void {
    const literal = makeLiteral(value, output.aval.dtype)
    if (output.aval.shape.length === 0) return rewriter.replace(output, literal)
    this.#uniform.set(output, value)
    if (eqn.primitive === 'broadcastInDim' && eqn.inputs[0]?.kind === 'literal') return rewriter.keep(eqn)
    const made = rewriter.emit('broadcastInDim', [literal], {
      shape: output.aval.shape,
      broadcastDimensions: [],
    })
    this.#uniform.set(made, value)
    rewriter.replace(output, made)
  }

  #producerOf<P extends PrimitiveName>(atom: Atom | undefined, primitive: P): Equation<P> | null {
    const eqn = atom?.kind === 'var' ? this.#producer.get(atom) : undefined
    return eqn?.primitive === primitive ? (eqn as unknown as Equation<P>) : null
  }

  /** An atom that equals the result, or null. */
  #identity(eqn: Equation, rewriter: Rewriter): Atom | null {
    const [x, y] = eqn.inputs
    const output = eqn.outputs[0]
    if (x === undefined || output === undefined) return null
    const a = this.valueOf(x)
    const b = y === undefined ? null : this.valueOf(y)
    const whole = !isFloat(output.aval.dtype)
    switch (eqn.primitive) {
      case 'add': // x + -0 = x; for integers x + 0 = x
        if (y !== undefined && (Object.is(a, -0) || (whole && a === 0))) return y
        return Object.is(b, -0) || (whole && b === 0) ? x : null
      case 'sub': // x - 0 = x
        return Object.is(b, 0) ? x : null
      case 'mul': // 1 · x = x · 1 = x
        return a === 1 ? (y ?? null) : b === 1 ? x : null
      case 'div': // x / 1 = x; division by a power of two is an exact product
        if (b === 1) return x
        return b !== null && !whole && isPowerOfTwo(b) ? this.#scaled(x, 1 / b, output, rewriter) : null
      case 'neg': // --x = x
        return this.#producerOf(x, 'neg')?.inputs[0] ?? null
      case 'integerPow':
        return eqn.params.exponent === 1 ? x : null
      case 'stopGradient':
        return x
      case 'select': // a known predicate, or equal branches
        return a !== null ? ((a !== 0 ? y : eqn.inputs[2]) ?? null) : y === eqn.inputs[2] ? (y ?? null) : null
      default:
        return this.#view(eqn, x, output, rewriter)
    }
  }

  #scaled(x: Atom, factor: number, output: Var, rewriter: Rewriter): Atom {
    const literal = makeLiteral(factor, output.aval.dtype)
    const { shape } = output.aval
    const factors =
      shape.length === 0
        ? literal
        : this.#define(rewriter, 'broadcastInDim', [literal], { shape, broadcastDimensions: [] })
    if (factors.kind === 'var') this.#uniform.set(factors, factor)
    return this.#define(rewriter, 'mul', [x, factors], {})
  }

  /** Views that change nothing, and views of views. */
  #view(eqn: Equation, x: Atom, output: Var, rewriter: Rewriter): Atom | null {
    const same = x.aval === output.aval
    switch (eqn.primitive) {
      case 'convert':
      case 'reshape': {
        if (same) return x
        const inner = eqn.primitive === 'reshape' ? this.#producerOf(x, 'reshape')?.inputs[0] : undefined
        if (inner === undefined || eqn.primitive !== 'reshape') return null
        return inner.aval === output.aval ? inner : this.#define(rewriter, 'reshape', [inner], eqn.params)
      }
      case 'broadcastInDim':
        return same && eqn.params.broadcastDimensions.every((d, i) => d === i) ? x : null
      case 'transpose': {
        if (eqn.params.permutation.every((p, i) => p === i)) return x
        const inner = this.#producerOf(x, 'transpose')
        const source = inner?.inputs[0]
        if (inner === null || source === undefined) return this.#transposedProduct(eqn, x, rewriter)
        const permutation = eqn.params.permutation.map((p) => inner.params.permutation[p] ?? 0)
        return permutation.every((p, i) => p === i)
          ? source
          : this.#define(rewriter, 'transpose', [source], { permutation })
      }
      case 'slice':
        return same ? x : this.#slicedProduct(eqn, x, rewriter)
      default:
        return null
    }
  }

  /** A slice of a product is the product of slices, where nobody wants the rest. */
  #slicedProduct(
    { params: { start, limit, strides } }: Equation<'slice'>,
    x: Atom,
    rewriter: Rewriter,
  ): Atom | null {
    const product = this.#producerOf(x, 'dotGeneral')
    if (product === null || this.#uses.get(x) !== 1 || strides.some((s) => s !== 1)) return null
    const { lhsBatch, lhsContract, rhsBatch, rhsContract } = product.params
    const free = (operand: Atom | undefined, used: readonly number[]): number[] =>
      range(operand?.aval.shape.length ?? 0).filter((axis) => !used.includes(axis))
    const lhsFree = free(product.inputs[0], [...lhsBatch, ...lhsContract])
    const rhsFree = free(product.inputs[1], [...rhsBatch, ...rhsContract])
    // Which axis of an operand each axis of the product is; batch axes are of both.
    const places = [
      [...lhsBatch, ...lhsFree],
      [...rhsBatch, ...lhsFree.map(() => -1), ...rhsFree],
    ]
    const operands = product.inputs.map((operand, side) => {
      const { shape } = operand.aval
      const from = shape.map((_, axis) => start[places[side]?.indexOf(axis) ?? -1] ?? 0)
      const to = shape.map((n, axis) => limit[places[side]?.indexOf(axis) ?? -1] ?? n)
      if (to.every((end, axis) => end - (from[axis] ?? 0) === shape[axis])) return operand
      return this.#define(rewriter, 'slice', [operand], {
        start: from,
        limit: to,
        strides: shape.map(() => 1),
      })
    })
    return this.#define(rewriter, 'dotGeneral', operands, product.params)
  }

  /** (x · y)ᵀ = yᵀ · xᵀ: the product is made in the layout that is wanted, where nobody else wants the other. */
  #transposedProduct(
    { params: { permutation } }: Equation<'transpose'>,
    x: Atom,
    rewriter: Rewriter,
  ): Atom | null {
    const product = this.#producerOf(x, 'dotGeneral')
    const [lhs, rhs] = product?.inputs ?? []
    if (product === null || lhs === undefined || rhs === undefined || this.#uses.get(x) !== 1) return null
    const { lhsBatch, lhsContract, rhsBatch, rhsContract } = product.params
    const batch = lhsBatch.length
    const m = lhs.aval.shape.length - batch - lhsContract.length
    const rank = permutation.length
    const swapped = permutation.every(
      (p, i) => p === (i < batch ? i : i < rank - m ? i + m : i - (rank - m) + batch),
    )
    if (!swapped) return null
    return this.#define(rewriter, 'dotGeneral', [rhs, lhs], {
      lhsBatch: rhsBatch,
      lhsContract: rhsContract,
      rhsBatch: lhsBatch,
      rhsContract: lhsContract,
    })
  }
}

const isPowerOfTwo = (x: number): boolean =>
  Number.isFinite(x) &&
  x !== 0 &&
  Number.isInteger(Math.log2(Math.abs(x))) &&
  Math.abs(Math.log2(Math.abs(x))) < 100

export function simplify(jaxpr: Jaxpr): Jaxpr {
  const simplifier = new Simplifier(jaxpr)
  return rewriteJaxpr(jaxpr, (eqn, rewriter) => simplifier.visit(eqn, rewriter))
}
