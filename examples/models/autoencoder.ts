// A dense autoencoder with a code of 8 numbers and binary cross-entropy, and principal components as its measure.

import { lax, nn, numpy as np, random, type NDArray } from 'cotangent'
import { modelInstance, type Instances } from '../support/instance.js'

export const codeSize = 8

const init = { kernelInit: nn.initializers.heNormal() }

/** Features of the hidden layers, those at the code last. */
type Widths = readonly [wide: number, narrow: number]
const usual: Widths = [256, 128]

/** [batch, height, width] → codes [batch, 8] */
export const encoder = ([wide, narrow] = usual) =>
  nn.sequential(
    nn.flatten(),
    nn.dense(wide, init),
    nn.activation(nn.relu),
    nn.dense(narrow, init),
    nn.activation(nn.relu),
    nn.dense(codeSize),
  )

/** Codes [batch, 8] → logits of the pixels of images [batch, height, width] */
const decoder = (height: number, width: number, [wide, narrow] = usual) =>
  nn.sequential(
    nn.dense(narrow, init),
    nn.activation(nn.relu),
    nn.dense(wide, init),
    nn.activation(nn.relu),
    nn.dense(height * width),
    nn.activation((x: NDArray) => x.reshape([-1, height, width])),
  )

/** Images [batch, height, width] → logits of the pixels of their reconstructions, in the same form. */
export const model = (height: number, width: number, widths = usual) =>
  nn.sequential(encoder(widths), decoder(height, width, widths))

export const loss = nn.losses.binaryCrossEntropyFromLogits

export interface Components {
  /** [features] */
  readonly mean: NDArray
  /** [features, count], orthonormal columns, the first along the largest variance */
  readonly directions: NDArray
}

/** Columns made orthonormal, one after the other (Gram–Schmidt, each column twice for accuracy). */
function orthonormal(columns: NDArray): NDArray {
  const done: NDArray[] = []
  for (let i = 0; i < (columns.shape[1] ?? 0); i++) {
    let column = columns.slice([], i)
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) column = column.sub(other.mul(np.dot(other, column)))
    done.push(column.div(np.linalg.norm(column)))
  }
  return np.stack(done, 1)
}

/** The principal components of rows [n, features], by orthogonal iteration on their covariance. */
export function principalComponents(rows: NDArray, count: number, key: random.Key): Components {
  const mean = np.mean(rows, 0)
  const centered = rows.sub(mean)
  const covariance = np.matmul(np.matrixTranspose(centered), centered).div(rows.shape[0] ?? 1)
  const start = orthonormal(random.normal(key, [rows.shape[1] ?? 1, count]))
  const directions = lax.foriLoop(0, 300, (_, q) => orthonormal(np.matmul(covariance, q)), start)
  return { mean, directions }
}

export const project = ({ mean, directions }: Components, rows: NDArray): NDArray =>
  np.matmul(rows.sub(mean), directions)

/** Rows [n, features] from their places along the components [n, count]. */
export const restore = ({ mean, directions }: Components, places: NDArray): NDArray =>
  np.matmul(places, np.matrixTranspose(directions)).add(mean)

export const instances: Instances = {
  autoencoder: modelInstance(model(4, 4, [6, 5]), loss, (key) => {
    const x = random.uniform(key, [3, 4, 4])
    return [x, x]
  }),
}
