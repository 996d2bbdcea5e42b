// An LSTM that tells the next value of a series from the last ten, and two series to tell: a noisy sine, and the
// chaotic one of Mackey & Glass.

import { data, nn, optim, random } from 'cotangent'
import { modelInstance, type Instances } from '../support/instance.js'
import { randomSource } from '../support/randomSource.js'

/** How many values the network sees. */
export const span = 10

/** [batch, span, 1] → the next value, [batch, 1] */
export const model = (units = 50) => nn.sequential(nn.lstm(units), nn.dense(1))

export const loss = nn.losses.mse

/** A sine with 20 values a period, and normal noise with standard deviation 0.05. */
export function noisySine(seed: number, n: number): Float32Array {
  const source = randomSource(seed)
  const phase = source.uniform(0, 2 * Math.PI)
  return Float32Array.from(
    { length: n },
    (_, i) => Math.sin(phase + (2 * Math.PI * i) / 20) + 0.05 * source.normal(),
  )
}

/** How finely the equation is integrated, in units of time. */
const stepSize = 0.1
const delay = 17

/** The rate of change of Mackey & Glass: 0.2 x(t - 17) / (1 + x(t - 17)¹⁰) - 0.1 x(t). */
const slope = (now: number, delayed: number): number => (0.2 * delayed) / (1 + delayed ** 10) - 0.1 * now

/**
 * The Mackey–Glass series less its mean, which is about 0.9: a value every 6 units of time, after the first 300 from a
 * random start. Integrated by Runge & Kutta's method of the fourth order. Source: Mackey & Glass (1977).
 */
export function mackeyGlass(seed: number, n: number): Float32Array {
  const [every, skipped] = [6 / stepSize, 300 / stepSize]
  const past = delay / stepSize
  const x = new Float64Array(past + 1 + skipped + n * every).fill(
    randomSource(seed).uniform(0.8, 1.3),
    0,
    past + 1,
  )
  const at = (i: number): number => x[i] ?? 0
  for (let i = past; i + 1 < x.length; i++) {
    const [now, before, after] = [at(i), at(i - past), at(i - past + 1)]
    const middle = (before + after) / 2
    const k1 = slope(now, before)
    const k2 = slope(now + (stepSize / 2) * k1, middle)
    const k3 = slope(now + (stepSize / 2) * k2, middle)
    const k4 = slope(now + stepSize * k3, after)
    x[i + 1] = now + (stepSize / 6) * (k1 + 2 * k2 + 2 * k3 + k4)
  }
  return Float32Array.from({ length: n }, (_, i) => at(past + skipped + i * every) - 0.9)
}

/** All stretches of `span` values of a series, x [n, span, 1], each with the value that comes next, y [n, 1]. */
export function stretches(series: Float32Array) {
  const n = series.length - span
  const x = new Float32Array(n * span)
  for (let i = 0; i < n; i++) x.set(series.subarray(i, i + span), i * span)
  return data.fromArrays({
    x: { data: x, shape: [n, span, 1], dtype: 'float32' },
    y: { data: series.slice(span), shape: [n, 1], dtype: 'float32' },
  } as const)
}

/** How the network is trained: Adam, whose rate falls to zero along a cosine. */
export function setup(training: ReturnType<typeof stretches>, epochs: number) {
  const batchSize = 32
  const steps = epochs * Math.ceil(training.length / batchSize)
  return {
    model: model(),
    loss,
    optimizer: optim.adam(optim.cosineDecaySchedule(5e-3, steps)),
    data: training,
    batchSize,
  }
}

export const instances: Instances = {
  lstm: modelInstance(model(4), loss, (key) => [
    random.normal(random.foldIn(key, 0), [3, span, 1]),
    random.normal(random.foldIn(key, 1), [3, 1]),
  ]),
}
