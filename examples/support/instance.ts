// A small case of a model's loss, for the test that compares it with float64 on the reference device.
// Every file of examples/models exports `instances`: a name for each of its losses → such a case.

import type { NDArray, random } from 'cotangent'

export interface Instance {
  /** The arguments of the loss: the parameters first, then the rest (float32 arrays are made float64 by the test). */
  readonly args: (key: random.Key) => readonly unknown[]
  /** A pure function of the arguments, of shape []. */
  readonly loss: (...args: never[]) => NDArray
}

export type Instances = Readonly<Record<string, Instance>>

/** An instance whose arguments fit its loss. */
export const instance = <A extends readonly unknown[]>(
  args: (key: random.Key) => readonly [...A],
  loss: (...args: A) => NDArray,
): Instance => ({
  args,
  // Whoever calls it hands on what `args` gave, or a tree of the same form.
  loss: (...given) => loss(...(given as unknown as A)),
})
