// A 100-50-10 ReLU network, and its ten classes: the arms of a spiral in the plane, which no linear model separates.

import { data, nn } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'
import { randomSource } from '../support/randomSource.js'

export const classes = 10
const init = { kernelInit: nn.initializers.heNormal() }

export const model = (first = 100, second = 50) =>
  nn.sequential(
    nn.dense(first, init),
    nn.activation(nn.relu),
    nn.dense(second, init),
    nn.activation(nn.relu),
    nn.dense(classes),
  )

/** What a linear model makes of the same points. */
export const linear = nn.dense(classes)

export const loss = nn.losses.softmaxCrossEntropy

/** `n` points [n, 2] of a spiral with ten arms, as many of each, with noise; the arm of each is its class. */
export function spiral(seed: number, n: number): data.Dataset<Readonly<Record<'x' | 'y', data.HostTensor>>> {
  const source = randomSource(seed)
  const y = Int32Array.from({ length: n }, (_, i) => i % classes)
  const x = Float32Array.from(
    Array.from(y).flatMap((arm) => {
      const radius = 0.2 + 0.8 * Math.sqrt(source.uniform())
      const angle = 2 * Math.PI * (arm / classes + 0.5 * radius) + (0.05 * source.normal()) / radius
      return [2 * radius * Math.cos(angle), 2 * radius * Math.sin(angle)]
    }),
  )
  return data.fromArrays({
    x: { data: x, shape: [n, 2], dtype: 'float32' },
    y: { data: y, shape: [n], dtype: 'int32' },
  })
}

export const instances: Instances = { mlp: modelInstance(model(8, 6), loss, randomBatch([6, 2], classes)) }
