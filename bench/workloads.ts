/**
 * What is measured: inputs made from a fixed seed, a tolerance within which all libraries must agree, and what
 * one step costs in arithmetic and memory traffic.
 */

export interface HostTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export type Inputs = Readonly<Record<string, HostTensor>>

export type WorkloadKind = 'matmul' | 'chain' | 'softmax' | 'dispatch' | 'mlp'

export interface Workload {
  readonly name: string
  readonly kind: WorkloadKind
  readonly inputs: Inputs
  /** Steps in one timed sample. */
  readonly repeat: number
  /** Steps before the result is compared; a training step is compared after a few. */
  readonly stepsBeforeCheck: number
  readonly tolerance: number
  readonly flops: number
  readonly bytes: number
}

/** A deterministic tensor with values in [-scale, scale). */
export function tensor(shape: readonly number[], seed: number, scale = 1): HostTensor {
  let state = (seed * 2654435761) >>> 0
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state / 2 ** 32) * 2 - 1) * scale
  })
  return { shape, data }
}

function oneHot(rows: number, classes: number): HostTensor {
  const data = new Float32Array(rows * classes)
  for (let i = 0; i < rows; i++) data[i * classes + ((i * 7) % classes)] = 1
  return { shape: [rows, classes], data }
}

const matmul = (n: number, repeat: number): Workload => ({
  name: `matmul ${n}`,
  kind: 'matmul',
  inputs: { a: tensor([n, n], 1), b: tensor([n, n], 2) },
  repeat,
  stepsBeforeCheck: 1,
  tolerance: 1e-3,
  flops: 2 * n ** 3,
  bytes: 12 * n ** 2,
})

const elements = 1_000_000
const [rows, columns] = [1024, 1024]
const [batch, features, hidden, classes] = [128, 784, 128, 10]

export const workloads: readonly Workload[] = [
  matmul(256, 20),
  matmul(512, 4),
  matmul(1024, 1),
  {
    name: 'tanh(2x+1)·e⁻ˣ 10⁶',
    kind: 'chain',
    inputs: { x: tensor([elements], 3, 2) },
    repeat: 4,
    stepsBeforeCheck: 1,
    tolerance: 1e-4,
    flops: 30 * elements,
    bytes: 8 * elements,
  },
  {
    name: 'softmax 1024×1024',
    kind: 'softmax',
    inputs: { x: tensor([rows, columns], 4, 4) },
    repeat: 4,
    stepsBeforeCheck: 1,
    tolerance: 1e-4,
    flops: 20 * rows * columns,
    bytes: 8 * rows * columns,
  },
  {
    name: 'jitted call x+y',
    kind: 'dispatch',
    inputs: { x: tensor([4], 5), y: tensor([4], 6) },
    repeat: 1000,
    stepsBeforeCheck: 1,
    tolerance: 1e-6,
    flops: 0,
    bytes: 0,
  },
  {
    name: 'MLP 784-128-10 step, batch 128',
    kind: 'mlp',
    inputs: {
      x: tensor([batch, features], 7),
      y: oneHot(batch, classes),
      w1: tensor([features, hidden], 8, 0.05),
      b1: tensor([hidden], 9, 0.01),
      w2: tensor([hidden, classes], 10, 0.1),
      b2: tensor([classes], 11, 0.01),
    },
    repeat: 10,
    stepsBeforeCheck: 3,
    tolerance: 2e-3,
    flops: 6 * batch * (features * hidden + hidden * classes),
    bytes: 28 * (features * hidden + hidden * classes),
  },
]

export const adam = { rate: 1e-3, b1: 0.9, b2: 0.999, eps: 1e-8 }
export const parameterNames = ['w1', 'b1', 'w2', 'b2'] as const
