/**
 * Checks of arguments that several functions of this folder make.
 */

import { fail } from '../core/errors.js'

/** Throws unless `n` is a whole number >= 1. */
export function checkCount(operation: string, argument: string, n: number): void {
  if (Number.isSafeInteger(n) && n >= 1) return
  fail('argument', { operation, argument, received: String(n), expected: 'a whole number >= 1' })
}
