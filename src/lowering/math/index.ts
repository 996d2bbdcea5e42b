/**
 * The total table of float32 expansions: every function of MathName in basic operations (arithmetic, sqrt, floor,
 * nearest, comparisons, select, casts, integer operations), branch-free, the same for every backend.
 */

import type { Expr, ExprBuilder, MathName } from '../expr.js'
import { erf, erfc, erfInv } from './error.js'
import { exp, exp2, expm1 } from './exponential.js'
import { Formula } from './formula.js'
import { digamma, lgamma } from './gamma.js'
import { acosh, asinh, atanh, cosh, sinh, tanh } from './hyperbolic.js'
import { acos, asin, atan, atan2 } from './inverseTrigonometric.js'
import { log, log1p } from './logarithm.js'
import { nextAfter } from './neighbour.js'
import { cbrt, pow } from './power.js'
import { cos, sin, tan } from './trigonometric.js'

/** f32 expressions to an f32 expression. */
type Expansion = (m: Formula, args: readonly Expr[]) => Expr

const unary =
  (f: (m: Formula, x: Expr) => Expr): Expansion =>
  (m, args) => {
    const [x] = args as readonly [Expr]
    return f(m, x)
  }
const binary =
  (f: (m: Formula, x: Expr, y: Expr) => Expr): Expansion =>
  (m, args) => {
    const [x, y] = args as readonly [Expr, Expr]
    return f(m, x, y)
  }

const expansions: Readonly<Record<MathName, Expansion>> = {
  exp: unary((m, x) => exp(m, x)),
  exp2: unary(exp2),
  expm1: unary(expm1),
  log: unary(log),
  log1p: unary(log1p),
  cbrt: unary(cbrt),
  sin: unary(sin),
  cos: unary(cos),
  tan: unary(tan),
  asin: unary(asin),
  acos: unary(acos),
  atan: unary(atan),
  sinh: unary(sinh),
  cosh: unary(cosh),
  tanh: unary(tanh),
  asinh: unary(asinh),
  acosh: unary(acosh),
  atanh: unary(atanh),
  erf: unary(erf),
  erfc: unary(erfc),
  erfInv: unary(erfInv),
  lgamma: unary(lgamma),
  digamma: unary(digamma),
  pow: binary(pow),
  atan2: binary(atan2),
  nextAfter: binary(nextAfter),
}

/** The functions that have an expansion. */
export const expandedNames = Object.keys(expansions) as readonly MathName[]

/** The function `name` of float32 expressions; `keepsSums` says that (x + c) - c is computed as it stands. */
export const expandMath = (b: ExprBuilder, name: MathName, args: readonly Expr[], keepsSums: boolean): Expr =>
  expansions[name](new Formula(b, keepsSums), args)
