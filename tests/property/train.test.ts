// Laws of training: means are exact over any batches, a run resumed from any step is the whole run, and whatever bytes
// claim to be a checkpoint are one, or refused with a typed error.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { data, numpy as np, train, tree, type NDArray } from '../../src/index.js'
import { decodeCheckpoint } from '../../src/train/checkpoint.js'
import { fromJson, toJson } from '../../src/train/json.js'
import { law } from './support.js'

const rows = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 24 })
const sizes = fc.record({ batchSize: fc.integer({ min: 1, max: 30 }), values: rows, seed: fc.nat(1000) })

/** A step whose state depends on the order of the rows, their batches and the keys. */
const mixing = (state: { a: NDArray; n: NDArray }, x: NDArray) =>
  [
    { a: state.a.mul(0.75).add(x.mean()).add(state.n.astype('float32').mul(0.125)), n: state.n.add(1) },
    { loss: x.astype('float32').mean(), largest: x.max().astype('float32') },
  ] as const

const start = () => ({ a: np.array(0.5), n: np.array(0, { dtype: 'int32' }) })
const dataset = (values: readonly number[]) => data.fromArrays(np.array([...values], { dtype: 'int32' }))

law('the mean loss of an epoch is the mean over its rows', sizes, 12, async ({ values, batchSize }) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const run = await train.fit({ data: dataset(values), batchSize, state: start(), step: mixing, epochs: 2 })
  for (const { training } of run.history)
    expect(Math.abs((training['loss'] ?? NaN) - mean)).toBeLessThan(1e-4)
})

const facts = (run: train.Run<unknown>) => ({
  bits: tree.leaves(run.state).map((leaf) => [...(leaf as NDArray).dataSync()]),
  history: run.history.map(({ seconds: _, ...record }) => record),
})

law('a run resumed from any moment is the whole run', sizes, 8, async ({ values, batchSize, seed }) => {
  const options = {
    data: dataset(values),
    batchSize,
    step: mixing,
    epochs: 3,
    validation: dataset([1, 2, 3]),
    evaluateStep: ({ a }: { a: NDArray }) => ({ loss: a }),
  }
  const moments: Uint8Array[] = []
  const take = async ({ checkpoint }: train.StepEvent<unknown>) => void moments.push(await checkpoint())
  const callbacks = [{ onStepEnd: take, onEpochEnd: take }]
  const whole = facts(await train.fit({ ...options, state: start(), callbacks }))
  const resume = moments[seed % moments.length] ?? new Uint8Array()
  expect(facts(await train.fit({ ...options, state: start(), resume }))).toEqual(whole)
})

const sound = await new Promise<Uint8Array>((resolve, reject) => {
  const onStepEnd = async ({ checkpoint }: train.StepEvent<unknown>) => resolve(await checkpoint())
  train.fit({ data: dataset([1]), state: start(), step: mixing, callbacks: [{ onStepEnd }] }).catch(reject)
})

const damage = fc.oneof(
  fc.nat(sound.length - 1).map((length) => sound.slice(0, length)),
  fc
    .tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, bits]) => sound.map((byte, i) => (i === at ? byte ^ bits : byte))),
  fc.uint8Array({ maxLength: 300 }),
)

law('a damaged checkpoint is refused', damage, 300, (bytes) => {
  const decoded = decodeCheckpoint(bytes, 'a file')
  if (decoded._tag === 'Left') {
    expect(decoded.left.code).toBe('data')
    return
  }
  // Blanks of the header carry nothing: what was decoded is what was written.
  const original = decodeCheckpoint(sound, 'a file')
  expect(decoded).toEqual(original)
})

law('JSON of a checkpoint keeps every number', fc.jsonValue({ maxDepth: 3 }), 100, (value) => {
  expect(fromJson(toJson({ value, bad: [NaN, Infinity, -Infinity] }))).toEqual({
    value: JSON.parse(JSON.stringify(value)) as unknown,
    bad: [NaN, Infinity, -Infinity],
  })
})
