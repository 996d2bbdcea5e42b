// A small case of a model's loss, for the test that compares it with float64 on the reference device.
// Every file of examples/models exports `instances`: a name for each of its losses → such a case.

import { random, type NDArray, type nn } from 'cotangent'

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

/** The loss of a layer for a batch of its inputs and targets, in training. */
export const modelInstance = <P, S>(
  model: nn.Layer<P, S>,
  loss: (prediction: NDArray, target: NDArray) => NDArray,
  batch: (key: random.Key) => readonly [x: NDArray, y: NDArray],
): Instance =>
  instance(
    (key) => {
      const [x, y] = batch(random.foldIn(key, 0))
      const { params, state } = model.init(random.foldIn(key, 1), x.shape.slice(1))
      return [params, state, x, y]
    },
    (params: P, state: S, x: NDArray, y: NDArray) =>
      loss(model.apply({ params, state }, x, { training: true })[0], y),
  )

/** A batch of random numbers in [0, 1) of the given shape, each with one of `classes` labels. */
export const randomBatch =
  (shape: readonly number[], classes: number) =>
  (key: random.Key): [x: NDArray, y: NDArray] => [
    random.uniform(random.foldIn(key, 0), shape),
    random.randint(random.foldIn(key, 1), { minval: 0, maxval: classes, shape: shape.slice(0, 1) }),
  ]
