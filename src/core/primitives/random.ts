/**
 * The random family: one primitive, the Threefry-2x32 block cipher, from which all random numbers are made.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011); JAX's threefry2x32.
 */

import type { Aval } from '../aval.js'
import { fail } from '../errors.js'
import { sameShape } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

export interface RandomSigs {
  /** threefry2x32(key0, key1, counter0, counter1) → two words, elementwise over uint32. */
  threefry2x32: Sig<4, 2>
}

export const randomAbstract: AbstractTable<RandomSigs> = {
  threefry2x32: (inputs) => {
    const [first] = inputs
    if (inputs.some((a: Aval) => a.dtype !== 'uint32' || !sameShape(a.shape, first.shape))) {
      fail('dtype', {
        operation: 'threefry2x32',
        dtypes: inputs.map((a) => a.dtype),
        expected: 'four uint32 arrays of one shape',
      })
    }
    return [first, first]
  },
}
