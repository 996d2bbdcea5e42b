/**
 * Constants: arrays that hold one number everywhere. They live on no device, cost no memory, and become
 * literals when they are traced.
 */

import { avalOf, type Aval } from './aval.js'
import { hostArray, roundTo, type DType, type HostArray } from './dtype.js'
import { ConcreteArray, type NDArray, type Storage } from './ndarray.js'
import type { Shape } from './shape.js'

class Fill implements Storage {
  readonly device = null
  readonly fill: number

  constructor(fill: number) {
    this.fill = fill
  }
  async read(aval: Aval): Promise<HostArray> {
    return this.readSync(aval)
  }
  readSync(aval: Aval): HostArray {
    return hostArray(aval.dtype, aval.size).fill(this.fill)
  }
  release(): void {}
}

/** An array of `shape` that is `value` everywhere, rounded to `dtype`. */
export function constant(value: number | boolean, dtype: DType, shape: Shape = []): ConcreteArray {
  return new ConcreteArray(avalOf(shape, dtype), new Fill(roundTo(dtype, Number(value))))
}

/** The number that `x` holds everywhere, or null if it is not such a constant. */
export function constantValue(x: NDArray): number | null {
  return x instanceof ConcreteArray && !x.isDisposed ? x.storage('constant').fill : null
}
