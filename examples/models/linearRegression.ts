// A line y = wx + b, and the mean squared error of points (x, y) around it.

import { nn, numpy as np, random, type NDArray } from 'cotangent'
import { instance, type Instances } from '../support/instance.js'

export interface Line {
  /** [] */
  readonly w: NDArray
  /** [] */
  readonly b: NDArray
}

/** Points [n] and [n] with x from U(0, 1) and y = 3x + 2 + U(0, 1). */
export function noisyLine(key: random.Key, n: number): { readonly x: NDArray; readonly y: NDArray } {
  const x = random.uniform(random.foldIn(key, 0), [n])
  const noise = random.uniform(random.foldIn(key, 1), [n])
  return { x, y: x.mul(3).add(2).add(noise) }
}

export const loss = ({ w, b }: Line, x: NDArray, y: NDArray): NDArray => nn.losses.mse(x.mul(w).add(b), y)

/** The line of least squares: w = cov(x, y) / var(x). */
export function leastSquares(x: NDArray, y: NDArray): Line {
  const [dx, dy] = [x.sub(np.mean(x)), y.sub(np.mean(y))]
  const w = dx.mul(dy).sum().div(dx.mul(dx).sum())
  return { w, b: np.mean(y).sub(np.mean(x).mul(w)) }
}

export const instances: Instances = {
  linearRegression: instance((key) => {
    const { x, y } = noisyLine(key, 16)
    return [{ w: np.array(0.5), b: np.array(-1) }, x, y]
  }, loss),
}
