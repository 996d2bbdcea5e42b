/**
 * Polynomials by Horner's rule. Coefficients come lowest power first, as the formulas in this folder list them.
 */

/** c[0] + c[1]·x + c[2]·x² + … */
export function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] ?? 0)
  return sum
}
