// Checkpoints: what is in them, which one a run is resumed from, and that a resumed run has the bits of a whole one.

import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { CotangentError } from '../../../src/index.js'
import { data, io, nn, numpy as np, optim, random, train, tree, type NDArray } from '../../../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-checkpoints-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0
const newFolder = (): string => join(folder, String(folders++))

const x = random.normal(random.key(1), [22, 3])
const options = {
  model: nn.sequential(nn.dense(4), nn.batchNorm(), nn.dropout(0.3), nn.dense(2)),
  loss: nn.losses.mse,
  optimizer: optim.adam(1e-2),
  data: data.fromArrays({ x, y: x.slice([], [0, 2]) }),
  validation: data.fromArrays({ x, y: x.slice([], [0, 2]) }),
  batchSize: 5,
  key: random.key(7),
  metrics: { r2: nn.metrics.r2() },
}

/** Everything of a run but the time it took, bit for bit. */
const facts = (run: train.Run<unknown>) => ({
  leaves: tree
    .leaves(run.state)
    .map((leaf) => (typeof leaf === 'number' ? leaf : [...(leaf as NDArray).dataSync()])),
  history: run.history.map(({ seconds: _, ...record }) => record),
  stopped: run.stopped,
})

/** The checkpoints of every step and every epoch of a run. */
function collector(): { readonly bytes: Uint8Array[]; readonly callback: train.Callback } {
  const bytes: Uint8Array[] = []
  const take = async ({ checkpoint }: train.StepEvent<unknown>): Promise<void> =>
    void bytes.push(await checkpoint())
  return { bytes, callback: { onStepEnd: take, onEpochEnd: take, isLate: true } }
}

describe('resuming', () => {
  const losing = { epochs: 4, callbacks: [train.earlyStopping({ patience: 4 })] }

  it('gives the bits of the whole run, from every moment', { timeout: 60_000 }, async () => {
    const { bytes, callback } = collector()
    const whole = facts(
      await train.fit({ ...options, ...losing, callbacks: [...losing.callbacks, callback] }),
    )
    expect(bytes).toHaveLength(4 * (5 + 1))
    for (const at of [0, 4, 5, 13, 23]) {
      const callbacks = [train.earlyStopping({ patience: 4 })]
      const resumed = await train.fit({ ...options, ...losing, callbacks, resume: bytes[at] ?? '' })
      expect(facts(resumed), `checkpoint ${at}`).toEqual(whole)
    }
  })

  it('keeps what mixed precision knows', async () => {
    const { bytes, callback } = collector()
    const precision = { dtype: 'float16', initialScale: 2 ** 24, growthInterval: 3 } as const
    const whole = await train.fit({ ...options, precision, epochs: 2, callbacks: [callback] })
    expect(whole.state.scaling?.skipped.item()).toBeGreaterThan(0)
    const resumed = await train.fit({ ...options, precision, epochs: 2, resume: bytes[3] ?? '' })
    expect(facts(resumed)).toEqual(facts(whole))
  })

  it('goes on with more epochs, and not after a run that stopped itself', async () => {
    const { bytes, callback } = collector()
    await train.fit({ ...options, epochs: 2, callbacks: [callback] })
    const more = await train.fit({ ...options, epochs: 3, resume: bytes.at(-1) ?? '' })
    expect(facts(more)).toEqual(facts(await train.fit({ ...options, epochs: 3 })))

    const stopping = (): train.Callback => ({
      onEpochEnd: ({ epoch }) => (epoch === 2 ? { stop: 'enough' } : undefined),
    })
    const second = collector()
    const stopped = await train.fit({ ...options, epochs: 5, callbacks: [stopping(), second.callback] })
    const again = await train.fit({
      ...options,
      epochs: 5,
      callbacks: [stopping()],
      resume: second.bytes.at(-1) ?? '',
    })
    expect(facts(again)).toEqual(facts(stopped))
    expect(again.stopped).toBe('enough')
  })

  it('skips the batches of a function that are done', async () => {
    const batches = (epoch: number): NDArray[] => [1, 2, 3].map((n) => np.array([n + 10 * epoch]))
    const sum = {
      data: batches,
      state: np.array(0.5),
      step: (s: NDArray, n: NDArray) => [s.mul(1.5).add(n.sum()), { loss: s }] as const,
      epochs: 2,
    }
    const { bytes, callback } = collector()
    const whole = facts(await train.fit({ ...sum, callbacks: [callback] }))
    for (const resume of bytes) expect(facts(await train.fit({ ...sum, resume }))).toEqual(whole)
  })

  it('refuses other trees, and other batches within an epoch', async () => {
    const { bytes, callback } = collector()
    await train.fit({ ...options, epochs: 1, callbacks: [callback] })
    const [first = new Uint8Array(), last = new Uint8Array()] = [bytes[0], bytes.at(-1)]
    const error = async (change: object, resume: Uint8Array): Promise<string> =>
      train.fit({ ...options, ...change, resume, epochs: 2 }).then(
        () => 'none',
        (reason: unknown) => (reason as CotangentError).message,
      )
    expect(await error({ batchSize: 6 }, first)).toMatch(
      /batchSize must be 5, as in the run that was stopped within/,
    )
    expect(await error({ batchSize: 6 }, last)).toBe('none')
    const fewer = data.fromArrays({ x: x.slice([0, 21]), y: x.slice([0, 21], [0, 2]) })
    expect(await error({ data: fewer }, first)).toMatch(/the rows of data must be 22, as in the run/)
    const wide = nn.sequential(nn.dense(5), nn.batchNorm(), nn.dropout(0.3), nn.dense(2))
    expect(await error({ model: wide }, last)).toMatch(/state .*expected.*Resume with the model/s)
    expect(await error({ optimizer: optim.sgd(0.1) }, last)).toMatch(/optimizer.*Resume with the model/s)
    expect(await error({}, last.subarray(0, 1000))).toMatch(/the given bytes, byte/)
  })
})

describe('checkpoints', () => {
  const files = (path: string): string[] => readdirSync(path).sort()

  it('keeps the last ones and the best one, as safetensors with readable names', async () => {
    const path = newFolder()
    let epoch = 0
    await train.fit({
      data: data.fromArrays(np.ones([4])),
      state: { weights: [np.array(0.5)] },
      step: ({ weights: [w] }: { weights: NDArray[] }, n: NDArray) => [
        { weights: [(w as NDArray).add(1)] },
        { loss: n.mean() },
      ],
      epochs: 5,
      callbacks: [
        train.checkpoints(path, { last: 2, best: { monitor: 'training.loss', mode: 'max' } }),
        { onEpochEnd: () => void epoch++ },
      ],
    })
    expect(files(path)).toEqual([
      'best.safetensors',
      'step-00000004.safetensors',
      'step-00000005.safetensors',
    ])
    const { tensors } = await io.readSafetensors(join(path, 'step-00000005.safetensors'))
    expect(tensors['state.weights.0']?.data[0]).toBe(5.5)
    // All losses are equal, so the first is the best.
    expect(
      (await io.readSafetensors(join(path, 'best.safetensors'))).tensors['state.weights.0']?.data[0],
    ).toBe(1.5)
  })

  it('are found again, the newest first; damaged ones are told of and skipped', async () => {
    const path = newFolder()
    const run = (epochs: number) =>
      train.fit({
        ...options,
        epochs,
        resume: path,
        callbacks: [train.checkpoints(path, { every: { steps: 2 } })],
      })
    const whole = facts(await run(2))
    expect(files(path)).toEqual([
      'step-00000006.safetensors',
      'step-00000008.safetensors',
      'step-00000010.safetensors',
    ])
    const newest = join(path, 'step-00000010.safetensors')
    const sound = readFileSync(newest)
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listen)
    for (const damage of [
      () => truncateSync(newest, sound.length - 5),
      () => truncateSync(newest, 3),
      () =>
        writeFileSync(
          newest,
          sound.map((byte, i) => (i === sound.length - 9 ? byte ^ 1 : byte)),
        ),
      () =>
        writeFileSync(
          newest,
          Buffer.from(sound.toString('latin1').replace('\\"step\\":10', '\\"step\\":11'), 'latin1'),
        ),
    ]) {
      damage()
      warnings.length = 0
      expect(facts(await run(2))).toEqual(whole)
      await new Promise((resolve) => setImmediate(resolve))
      expect(warnings.filter((warning) => warning.includes('step-00000010'))).toHaveLength(1)
      expect(warnings[0]).toMatch(/damaged; the one before it is used/)
    }
    process.off('warning', listen)
    expect(files(path)).toContain('step-00000010.safetensors.damaged')
  })

  it('do not mix two runs in one folder', async () => {
    const path = newFolder()
    const callbacks = [train.checkpoints(path)]
    await train.fit({ ...options, callbacks })
    await expect(train.fit({ ...options, callbacks })).rejects.toThrow(
      /has checkpoints of another run up to step 5.*resume: folder/s,
    )
  })

  it('of an aborted run let it go on', async () => {
    const path = newFolder()
    const controller = new AbortController()
    const first = await train.fit({
      ...options,
      epochs: 2,
      signal: controller.signal,
      callbacks: [
        train.checkpoints(path),
        { onStepEnd: ({ step }) => (step === 7 ? controller.abort() : undefined) },
      ],
    })
    expect([first.stopped, first.step]).toEqual(['aborted', 7])
    const second = await train.fit({
      ...options,
      epochs: 2,
      resume: path,
      callbacks: [train.checkpoints(path)],
    })
    expect(facts(second)).toEqual(facts(await train.fit({ ...options, epochs: 2 })))
  })

  it('say where they cannot be written', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    await expect(
      train.fit({ ...options, callbacks: [train.checkpoints(join(file, 'sub'))] }),
    ).rejects.toThrow(/ENOTDIR/)
  })
})
