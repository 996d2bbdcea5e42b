// Logistic regression: the probability σ(wx + b) of one of two classes, binary cross-entropy, and the optimum of
// that by Newton's method.

import { grad, hessian, jit, lax, nn, numpy as np, random, type NDArray } from 'cotangent'
import { instance, type Instances } from '../support/instance.js'

/** [3]: the two weights, then the bias. One vector, so that its Hessian is one matrix. */
export type Plane = NDArray

export const logits = (plane: Plane, x: NDArray): NDArray =>
  np.matmul(x, plane.slice([0, 2])).add(plane.slice(2))

export const loss = (plane: Plane, x: NDArray, y: NDArray): NDArray =>
  nn.losses.binaryCrossEntropyFromLogits(logits(plane, x), y)

/** The share of points on the right side. */
export const accuracy = (plane: Plane, x: NDArray, y: NDArray): NDArray =>
  np.mean(np.equal(np.greater(logits(plane, x), 0), np.greater(y, 0.5)))

/** Points [n, 2] of two overlapping clouds, one of them wider, and which of the two (0 or 1) each belongs to. */
export function clouds(key: random.Key, n: number): { readonly x: NDArray; readonly y: NDArray } {
  const y = random.bernoulli(random.foldIn(key, 0), 0.5, [n]).astype('float32')
  const first = y.reshape([n, 1])
  const spread = first.mul(0.6).add(0.8)
  const x = first
    .mul(2)
    .sub(1)
    .add(random.normal(random.foldIn(key, 1), [n, 2]).mul(spread))
  return { x, y }
}

/** The solution of A x = b for a positive definite A [n, n]: n steps of conjugate gradients. */
function solve(matrix: NDArray, b: NDArray): NDArray {
  const start = { x: np.zerosLike(b), residual: b, direction: b }
  return lax.foriLoop(
    0,
    b.shape[0] ?? 0,
    (_, { x, residual, direction }) => {
      const image = np.matmul(matrix, direction)
      const square = np.dot(residual, residual)
      const length = square.div(np.maximum(np.dot(direction, image), 1e-30))
      const next = residual.sub(image.mul(length))
      const turn = np.dot(next, next).div(np.maximum(square, 1e-30))
      return { x: x.add(direction.mul(length)), residual: next, direction: next.add(direction.mul(turn)) }
    },
    start,
  ).x
}

/** The plane of least loss: Newton's method from zero, some ten steps. */
export function newtonOptimum(x: NDArray, y: NDArray): Plane {
  const objective = (plane: Plane): NDArray => loss(plane, x, y)
  const step = jit((plane: Plane) => plane.sub(solve(hessian(objective)(plane), grad(objective)(plane))))
  let plane: Plane = np.zeros([3])
  for (let i = 0; i < 10; i++) plane = step(plane)
  return plane
}

export const instances: Instances = {
  logisticRegression: instance((key) => {
    const { x, y } = clouds(key, 16)
    return [np.array([0.5, -1, 0.25]), x, y]
  }, loss),
}
