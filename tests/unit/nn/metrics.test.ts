// Metrics over ragged batches and masked padding, against scikit-learn's definitions over all elements at once.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  jit,
  nn,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'

defaultDevice('reference')

const { metrics } = nn
const count = 23
const classes = 4
const logits = np.round(random.normal(random.key(0), [count, classes]), 1)
const labels = random.randint(random.key(1), { minval: 0, maxval: classes, shape: [count] })
const binary = np.less(labels, 2)
const scores = logits.slice([], 0)

const numbers = (x: NDArray): number[] => [...x.dataSync()]
const [y, predicted] = [numbers(labels), numbers(np.argmax(logits, 1))]
const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length

/** Batches of 8, 8 and 7; where padded, the last one is filled up with rows that do not count. */
function run<S>(metric: nn.Metric<S, nn.metrics.Batch>, x: NDArray, t: NDArray, padded: boolean): NDArray {
  const update = jit((state: S, a: NDArray, b: NDArray, mask: NDArray) => metric.update(state, a, b, mask))
  let state = metric.init()
  for (let start = 0; start < count; start += 8) {
    const rows = [start, Math.min(count, start + 8)] as const
    const own = [x.slice(rows), t.slice(rows)] as [NDArray, NDArray]
    const size = rows[1] - start
    if (!padded) state = metric.update(state, ...own)
    else {
      const filled = own.map((part) =>
        np.concatenate([part, np.zeros([8 - size, ...part.shape.slice(1)], { dtype: part.dtype })]),
      ) as [NDArray, NDArray]
      state = update(state as never, ...filled, np.less(np.arange(8), size))
    }
  }
  return metric.compute(state)
}

/** The values of a metric, batch by batch, both ways. */
function both<S>(metric: nn.Metric<S, nn.metrics.Batch>, x: NDArray, t: NDArray): number[][] {
  return [false, true].map((padded) => numbers(run(metric, x, t, padded)))
}

function expectBoth<S>(
  metric: nn.Metric<S, nn.metrics.Batch>,
  x: NDArray,
  t: NDArray,
  expected: readonly number[],
): void {
  for (const values of both(metric, x, t))
    expect(values).toEqual(expected.map((value) => (Number.isNaN(value) ? NaN : expect.closeTo(value, 5))))
}

describe('metrics', () => {
  it('accuracy and top-k are shares of all rows', () => {
    expectBoth(metrics.accuracy(), logits, labels, [
      mean(y.map((label, i) => (label === predicted[i] ? 1 : 0))),
    ])
    const rows = logits.js() as unknown as number[][]
    const among = (k: number) =>
      mean(
        rows.map((row, i) => {
          const order = row.map((value, c) => [value, c] as const).sort((a, b) => b[0] - a[0] || a[1] - b[1])
          return order.slice(0, k).some(([, c]) => c === y[i]) ? 1 : 0
        }),
      )
    for (const k of [1, 2, 4]) expectBoth(metrics.topK(k), logits, labels, [among(k)])
    expect(() => both(metrics.topK(5), logits, labels)).toThrow('at least 5 classes')
    expect(() => both(metrics.topK(1), logits, scores)).toThrow('integer labels')
  })

  it('mean weighs batches by their sizes', () => {
    const metric = metrics.mean()
    let state = metric.update(metric.init(), np.array([1, 2, 3]))
    state = metric.update(state, np.array([10, NaN]), np.array([true, false]))
    expect(metric.compute(state).item()).toBe(4)
    state = metric.update(state, 4)
    expect(metric.compute(state).item()).toBe(4)
    expect(metric.compute(metric.init()).item()).toBeNaN()
    expectTypeOf(state).toEqualTypeOf<nn.metrics.MeanState>()
  })

  it('the confusion matrix counts labels by predictions', () => {
    const matrix = Array.from({ length: classes }, (_, i) =>
      Array.from(
        { length: classes },
        (_, j) => y.filter((label, n) => label === i && predicted[n] === j).length,
      ),
    )
    expectBoth(metrics.confusionMatrix(classes), logits, labels, matrix.flat())
    expectBoth(metrics.confusionMatrix(classes), np.argmax(logits, 1), labels, matrix.flat())
    expect(() => both(metrics.confusionMatrix(2), scores, labels)).toThrow('np.greater(p, 0.5)')
    expect(() =>
      metrics.confusionMatrix(2).update(np.zeros([2, 2]), labels, np.zeros([2], { dtype: 'int32' })),
    ).toThrow(CotangentError)
  })

  it('precision, recall and F1 have all averages', () => {
    const of = (hits: number, all: number) => (all === 0 ? 0 : hits / all)
    const perClass = Array.from({ length: classes }, (_, c) => {
      const hits = y.filter((label, i) => label === c && predicted[i] === c).length
      const [found, actual] = [predicted, y].map((list) => list.filter((v) => v === c).length) as [
        number,
        number,
      ]
      return {
        precision: of(hits, found),
        recall: of(hits, actual),
        f1: of(2 * hits, found + actual),
        actual,
      }
    })
    for (const name of ['precision', 'recall', 'f1'] as const) {
      const make = metrics[name]
      const values = perClass.map((own) => own[name])
      const weighted = perClass.reduce((sum, own) => sum + own[name] * own.actual, 0) / count
      const accuracy = mean(y.map((label, i) => (label === predicted[i] ? 1 : 0)))
      expectBoth(make({ classes, average: null }), logits, labels, values)
      expectBoth(make({ classes }), logits, labels, [mean(values)])
      expectBoth(make({ classes, average: 'weighted' }), logits, labels, [weighted])
      expectBoth(make({ classes, average: 'micro' }), logits, labels, [accuracy])
    }
  })

  it('of two classes they are those of class 1, and 0 where there is nothing', () => {
    const guess = np.greater(scores, 0)
    const [g, b] = [numbers(guess), numbers(binary)]
    const hits = g.filter((value, i) => value === 1 && b[i] === 1).length
    const total = (list: number[]) => list.reduce((a, v) => a + v, 0)
    expectBoth(metrics.precision(), guess, binary, [hits / total(g)])
    expectBoth(metrics.recall(), guess, binary, [hits / total(b)])
    expectBoth(metrics.f1(), guess, binary, [(2 * hits) / (total(g) + total(b))])
    const never = np.zeros([count], { dtype: 'bool' })
    expectBoth(metrics.precision(), never, binary, [0])
    expectBoth(metrics.f1(), never, never, [0])
  })

  it('AUC counts pairs, equal scores half', () => {
    const [s, b] = [numbers(scores), numbers(binary)]
    let won = 0
    let pairs = 0
    s.forEach((positive, i) =>
      s.forEach((negative, j) => {
        if (b[i] !== 1 || b[j] !== 0) return
        pairs++
        won += positive > negative ? 1 : positive === negative ? 0.5 : 0
      }),
    )
    expect(new Set(s).size).toBeLessThan(count)
    expectBoth(metrics.auc(40), scores, binary, [won / pairs])
    expectBoth(metrics.auc(24), scores, binary, [won / pairs])
    expectBoth(metrics.auc(24), scores, np.zeros([count]), [NaN])
    // Too many scores are reported, not forgotten.
    expectBoth(metrics.auc(20), scores, binary, [NaN])
    expect(() => both(metrics.auc(4), scores, binary)).toThrow('at most 4')
  })

  it('R² is 1 - residuals / spread, accurate for targets far from 0', () => {
    const far = np.add(scores, 3000)
    const guess = np.add(far, np.multiply(logits.slice([], 1), 0.5))
    const [f, g] = [numbers(far), numbers(guess)]
    const center = mean(f)
    const residual = mean(f.map((v, i) => (v - (g[i] ?? NaN)) ** 2))
    const expected = 1 - residual / mean(f.map((v) => (v - center) ** 2))
    for (const [value] of both(metrics.r2(), guess, far)) expect(value).toBeCloseTo(expected, 3)
    expectBoth(metrics.r2(), far, far, [1])
  })
})
