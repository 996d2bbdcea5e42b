/**
 * The vocabulary of the expansions: a thin layer over ExprBuilder in which a formula reads as mathematics.
 * A number stands for a constant in the lane of the first expression among the operands.
 */

import { invariant } from '../../core/errors.js'
import type { AluName, Expr, ExprBuilder, Lane } from '../expr.js'

export type Operand = Expr | number

const isExpr = (operand: Operand): operand is Expr => typeof operand !== 'number'

export const signBit = -0x8000_0000
export const infinityBits = 0x7f80_0000

/** A float rounded to a whole number. */
export interface Whole {
  readonly float: Expr
  /** The number as i32. */
  readonly integer: Expr
  /** An i32 with the same 22 low bits. */
  readonly low: Expr
}

/** 1.5 · 2²³: added to a float, it leaves the nearest whole number in the low bits of the sum. */
const shifter = 1.5 * 2 ** 23
const shifterBits = 0x4b40_0000

/** Writes float32 and integer formulas into one builder. */
export class Formula {
  readonly builder: ExprBuilder
  /** (x + c) - c is computed as it stands; a compiler of shaders may make x of it. */
  readonly keepsSums: boolean

  constructor(builder: ExprBuilder, keepsSums = false) {
    this.builder = builder
    this.keepsSums = keepsSums
  }

  constant(value: number, lane: Lane): Expr {
    return this.builder.constant(lane === 'f32' ? Math.fround(value) : value, lane)
  }
  alu(name: AluName, ...operands: readonly Operand[]): Expr {
    const lane = operands.find(isExpr)?.lane
    invariant(lane !== undefined, `${name} of constants`)
    return this.builder.alu(name, ...operands.map((o) => (isExpr(o) ? o : this.constant(o, lane))))
  }

  add(x: Operand, y: Operand): Expr {
    return this.alu('add', x, y)
  }
  sub(x: Operand, y: Operand): Expr {
    return this.alu('sub', x, y)
  }
  mul(x: Operand, y: Operand): Expr {
    return this.alu('mul', x, y)
  }
  div(x: Operand, y: Operand): Expr {
    return this.alu('div', x, y)
  }
  square(x: Expr): Expr {
    return this.alu('mul', x, x)
  }
  neg(x: Expr): Expr {
    return this.alu('neg', x)
  }
  abs(x: Expr): Expr {
    return this.alu('abs', x)
  }
  sqrt(x: Expr): Expr {
    return this.alu('sqrt', x)
  }
  nearest(x: Expr): Expr {
    return this.alu('nearest', x)
  }
  /** x · factor to the nearest whole number, for results below 2²² in magnitude; others are arbitrary. */
  whole(x: Expr, factor: number): Whole {
    const scaled = this.mul(x, factor)
    const nearest = this.keepsSums ? scaled : this.nearest(scaled)
    const sum = this.add(nearest, shifter)
    const low = this.bits(sum)
    const float = this.keepsSums ? this.sub(sum, shifter) : nearest
    return { float, integer: this.sub(low, shifterBits), low }
  }
  less(x: Operand, y: Operand): Expr {
    return this.alu('lt', x, y)
  }
  greater(x: Operand, y: Operand): Expr {
    return this.alu('gt', x, y)
  }
  equal(x: Operand, y: Operand): Expr {
    return this.alu('eq', x, y)
  }
  and(x: Operand, y: Operand): Expr {
    return this.alu('and', x, y)
  }
  or(x: Operand, y: Operand): Expr {
    return this.alu('or', x, y)
  }
  xor(x: Operand, y: Operand): Expr {
    return this.alu('xor', x, y)
  }
  shiftLeft(x: Expr, count: number): Expr {
    return this.alu('shl', x, count)
  }
  shiftRight(x: Expr, count: number): Expr {
    return this.alu('shrS', x, count)
  }
  select(condition: Expr, yes: Operand, no: Operand): Expr {
    const lane = isExpr(yes) ? yes.lane : isExpr(no) ? no.lane : 'f32'
    const value = (o: Operand): Expr => (isExpr(o) ? o : this.constant(o, lane))
    return this.builder.alu('select', condition, value(yes), value(no))
  }

  toInt(x: Expr): Expr {
    return this.builder.cast(x, 'i32')
  }
  toFloat(x: Expr): Expr {
    return this.builder.cast(x, 'f32')
  }
  /** The bits of a float32 as i32: positive floats order as their bits do, and NaN is above infinity. */
  bits(x: Expr): Expr {
    return this.builder.bitcast(x, 'i32')
  }
  fromBits(bits: Expr): Expr {
    return this.builder.bitcast(bits, 'f32')
  }
  magnitudeBits(x: Expr): Expr {
    return this.and(this.bits(x), 0x7fff_ffff)
  }
  signOf(x: Expr): Expr {
    return this.and(this.bits(x), signBit)
  }
  /** `magnitude`, which is not negative, with the sign bit of `x`. */
  withSign(magnitude: Expr, x: Expr): Expr {
    return this.fromBits(this.or(this.bits(magnitude), this.signOf(x)))
  }
  /** `y`, negated where the sign bit of `sign` (an i32) is set. */
  flipSign(y: Expr, sign: Expr): Expr {
    return this.fromBits(this.xor(this.bits(y), sign))
  }
  /** NaN by its bits: `x != x` may be folded away where a compiler assumes that there is none. */
  isNaN(x: Expr): Expr {
    return this.greater(this.magnitudeBits(x), infinityBits)
  }
  /** The leading 12 bits of the significand: the product of two such numbers is exact, fused or not. */
  leading(x: Expr): Expr {
    return this.fromBits(this.and(this.bits(x), ~0xfff))
  }
  /** 2ⁿ for an integer -126 ≤ n ≤ 128 (128 gives infinity). */
  powerOfTwo(n: Expr): Expr {
    return this.fromBits(this.shiftLeft(this.add(n, 127), 23))
  }
  /** c₀ + c₁x + c₂x² + …, by Horner's rule. */
  polynomial(x: Expr, coefficients: readonly number[]): Expr {
    const last = this.constant(coefficients.at(-1) ?? 0, 'f32')
    return coefficients.slice(0, -1).reduceRight<Expr>((sum, c) => this.add(this.mul(sum, x), c), last)
  }
}
