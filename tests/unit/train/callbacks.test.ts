// What callbacks are told, and what the ones that come along make of it.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { data, numpy as np, train, type NDArray } from '../../../src/index.js'

/** A run whose loss in epoch n is the n-th of a list: one step an epoch, the state counts them. */
const script = (losses: readonly number[], callbacks: readonly train.Callback<NDArray>[]) => {
  const table = np.array(losses)
  return train.fit({
    data: data.fromArrays(np.ones([4])),
    validation: data.fromArrays(np.ones([4])),
    state: np.array(0, { dtype: 'int32' }),
    step: (n: NDArray) => [n.add(1), { loss: np.take(table, n, null) }],
    evaluateStep: (n: NDArray) => ({
      loss: np.take(table, n.sub(1), null),
      twice: n.mul(2).astype('float32'),
    }),
    batchSize: 4,
    epochs: losses.length,
    callbacks,
  })
}

describe('callbacks', () => {
  it('are called in order, awaited, and told where the run is', async () => {
    const calls: string[] = []
    const note = (name: string): train.Callback => ({
      onStart: ({ epoch, epochs, step, batches }) =>
        void calls.push(`${name} start ${epoch}/${epochs} ${step} ${batches}`),
      onStepEnd: async ({ epoch, step, batch, batches }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        calls.push(`${name} step ${epoch} ${step} ${batch}/${batches}`)
      },
      onEpochEnd: ({ record, history }) =>
        void calls.push(`${name} epoch ${record.epoch} of ${history.length}`),
      onEnd: ({ stopped, step }) => void calls.push(`${name} end ${step} ${stopped}`),
    })
    await train.fit({
      data: data.fromArrays(np.ones([3])),
      state: np.array(0.5),
      step: (s: NDArray, x: NDArray) => [s.add(x.sum()), { loss: s }],
      batchSize: 2,
      epochs: 2,
      callbacks: [{ ...note('late'), isLate: true }, note('a')],
    })
    const both = (what: string): string[] => [`a ${what}`, `late ${what}`]
    expect(calls).toEqual([
      ...both('start 1/2 0 2'),
      ...both('step 1 1 1/2'),
      ...both('step 1 2 2/2'),
      ...both('epoch 1 of 1'),
      ...both('step 2 3 1/2'),
      ...both('step 2 4 2/2'),
      ...both('epoch 2 of 2'),
      ...both('end 4 null'),
    ])
  })

  it('stop a run after a step or an epoch', async () => {
    const step = await script(
      [1, 1, 1],
      [{ onStepEnd: ({ step }) => (step === 2 ? { stop: 'enough' } : undefined) }],
    )
    expect([step.stopped, step.step, step.epoch, step.history.length]).toEqual(['enough', 2, 1, 1])
    const epoch = await script(
      [1, 1, 1],
      [{ onEpochEnd: ({ epoch }) => (epoch === 2 ? { stop: 'enough' } : undefined) }],
    )
    expect([epoch.stopped, epoch.step, epoch.epoch, epoch.history.length]).toEqual(['enough', 2, 2, 2])
  })

  it('that throw end the run with their error', async () => {
    const thrown = script([1, 1], [{ onEpochEnd: () => Promise.reject(new Error('mine')) }])
    await expect(thrown).rejects.toThrow('mine')
  })

  it('may keep states that later steps would take over', async () => {
    const kept: NDArray[] = []
    const lost: NDArray[] = []
    await script(
      [1, 2, 3],
      [{ onEpochEnd: ({ state }) => void (kept.push(train.keep(state)), lost.push(state)) }],
    )
    expect(kept.map((state) => state.item())).toEqual([1, 2, 3])
    expect(() => lost[0]?.item()).toThrow(/donated/)
  })

  it('hear of progress while the device works', async () => {
    const events: train.ProgressEvent[] = []
    await train.fit({
      data: data.fromArrays(np.ones([4000])),
      state: np.array(0.5),
      step: (s: NDArray, x: NDArray) => [s, { loss: x.mean(), two: x.mean().mul(2) }],
      batchSize: 1,
      callbacks: [
        {
          onStepEnd: async ({ step }) => {
            if (step % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 30))
          },
          onProgress: (event) => void events.push(event),
        },
      ],
    })
    expect(events.length).toBeGreaterThan(1)
    for (const event of events) {
      expect(event).toMatchObject({
        loss: 1,
        training: { loss: 1, two: 2 },
        nonFiniteAt: null,
        batches: 4000,
      })
      expect(event.stepsPerSecond).toBeGreaterThan(0)
      expect(event.secondsLeft).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('earlyStopping', () => {
  const losses = [3, 2, 2.5, 1.9, 2, 2, 2]

  it('stops after patience epochs without a better one, and gives the best state', async () => {
    const run = await script(losses, [train.earlyStopping({ patience: 2 })])
    expect(run.history).toHaveLength(6)
    expect(run.stopped).toBe('2 epochs without a better one than epoch 4')
    expect(run.state.item()).toBe(4)
  })

  it('gives the best state also where it never stops the run', async () => {
    const run = await script(losses, [train.earlyStopping({ patience: 10 })])
    expect([run.history.length, run.stopped, run.state.item()]).toEqual([7, null, 4])
    const last = await script(losses, [train.earlyStopping({ patience: 10, restoreBest: false })])
    expect(last.state.item()).toBe(7)
  })

  it('wants more than minDelta, looks at any monitor, and never takes NaN for better', async () => {
    const patient = await script(losses, [train.earlyStopping({ patience: 3, minDelta: 0.5 })])
    expect([patient.history.length, patient.state.item()]).toEqual([5, 2])
    const more = await script(losses, [train.earlyStopping({ monitor: 'validation.twice', mode: 'max' })])
    expect([more.stopped, more.state.item()]).toEqual([null, 7])
    const less = await script(losses, [
      train.earlyStopping({ monitor: 'validation.twice', mode: 'min', patience: 2 }),
    ])
    expect([less.history.length, less.state.item()]).toEqual([3, 1])
    const bad = await script([NaN, 3, NaN, NaN], [train.earlyStopping({ patience: 2 })])
    expect([bad.history.length, bad.state.item()]).toEqual([4, 2])
  })

  it('forgets one run before the next', async () => {
    const callback = train.earlyStopping({ patience: 2 })
    await script([0, 1, 1], [callback])
    const run = await script([3, 2, 1], [callback])
    expect([run.stopped, run.state.item()]).toEqual([null, 3])
  })
})

describe('terminateOnNaN', () => {
  it('names the step', async () => {
    const run = await script([1, 2, Infinity, 3, NaN], [train.terminateOnNaN()])
    expect(run.stopped).toBe('the loss is not finite since step 3')
    expect(run.history).toHaveLength(3)
  })

  it('lets finite runs be', async () => {
    expect((await script([1, 3e38], [train.terminateOnNaN()])).stopped).toBeNull()
  })
})

describe('the signal', () => {
  it('stops after the step that runs, and gives the state so far', async () => {
    const controller = new AbortController()
    const run = await train.fit({
      data: data.fromArrays(np.ones([8])),
      state: np.array(0, { dtype: 'int32' }),
      step: (n: NDArray, x: NDArray) => [n.add(1), { loss: x.mean() }],
      batchSize: 1,
      epochs: 3,
      signal: controller.signal,
      callbacks: [
        { onStepEnd: ({ step }) => (step === 11 ? controller.abort() : undefined) },
        train.earlyStopping(),
      ],
    })
    expect([run.stopped, run.step, run.epoch, run.history.length, run.state.item()]).toEqual([
      'aborted',
      11,
      1,
      1,
      11,
    ])
  })

  it('that is aborted already stops before the first step; timers can abort', async () => {
    const options = {
      data: data.fromArrays(np.ones([8])),
      state: np.array(0.5),
      step: (s: NDArray, x: NDArray) => [s.add(1), { loss: x.mean() }] as const,
      batchSize: 1,
    }
    const none = await train.fit({ ...options, signal: AbortSignal.abort() })
    expect([none.stopped, none.step, none.state.item()]).toEqual(['aborted', 0, 0.5])
    const some = await train.fit({ ...options, epochs: 1e6, signal: AbortSignal.timeout(200) })
    expect(some.stopped).toBe('aborted')
  })
})

describe('progress', () => {
  it('prints a plain line for each epoch where nothing can be redrawn', async () => {
    const lines: string[] = []
    await script([3, 0.5], [train.progress({ writer: (line) => lines.push(line) })])
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(
      /^epoch 2\/2 {2}loss 0\.5000 {2}validation loss 0\.5000 {2}validation twice 4\.0000 {2}.* steps\/s {2}.* s$/,
    )
  })

  it('redraws one line in a terminal, and says why a run stopped', () => {
    const written: string[] = []
    const callback = train.progress({ writer: { write: (text) => void written.push(text), isLive: true } })
    const position = { epoch: 1, epochs: 3, step: 20, batch: 20, batches: 100 }
    void callback.onProgress?.({
      ...position,
      loss: 0.5,
      training: { loss: 1e-5, accuracy: 0.25 },
      nonFiniteAt: null,
      stepsPerSecond: 123.4,
      secondsLeft: 75,
    })
    expect(written).toEqual([
      '\repoch 1/3  step 20/100  loss 1.00e-5  accuracy 0.2500  123 steps/s  1:15 left\u001b[K',
    ])
    void callback.onEnd?.({
      ...position,
      state: null,
      history: [],
      stopped: 'enough',
      restore: () => undefined,
      checkpoint: () => Promise.reject(new Error('none')),
    })
    expect(written[1]).toBe('\rstopped in epoch 1, step 20: enough\u001b[K\n')
  })
})

describe('logs', () => {
  const file = (name: string): string => join(mkdtempSync(join(tmpdir(), 'cotangent-log-')), 'new', name)
  const read = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n')

  it('are tables and lines of JSON', async () => {
    const [csv, jsonl] = [file('log.csv'), file('log.jsonl')]
    const run = await script([2, NaN], [train.csvLog(csv), train.jsonlLog(jsonl)])
    const seconds = run.history.map((record) => record.seconds)
    expect(read(csv)).toEqual([
      'epoch,step,seconds,training.loss,validation.loss,validation.twice',
      `1,1,${seconds[0]},2,2,2`,
      `2,2,${seconds[1]},NaN,NaN,4`,
    ])
    expect(read(jsonl).map((line) => JSON.parse(line) as unknown)).toEqual([
      run.history[0],
      { ...run.history[1], training: { loss: null }, validation: { loss: null, twice: 4 } },
    ])
  })
})
