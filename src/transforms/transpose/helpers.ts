/** The shapes that transpose rules come in. */

import { constant } from '../../core/constants.js'
import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import { isLinear, type LinearInput } from '../rules.js'

/** The zero array that a linear input stands for. */
export const zeros = ({ aval }: { readonly aval: LinearInput['aval'] }): NDArray =>
  constant(0, aval.dtype, aval.shape)

/** The value of an operand that the function may not be linear in. */
export function known(operation: string, input: NDArray | LinearInput | undefined): NDArray {
  if (input !== undefined && !isLinear(input)) return input
  return fail('argument', {
    operation: 'linearTranspose',
    argument: 'f',
    received: `${operation} with an argument in an operand that it is not linear in`,
    expected: 'a linear function of its arguments',
    fix: 'Use vjp for functions that are not linear.',
  })
}
