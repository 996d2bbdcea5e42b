// The loss of a run, epoch by epoch, of training and validation data. The history of `train.fit` in → an SVG out.

import type { train } from 'cotangent'
import { plot, type Series } from './plot.js'

/** `name` is a number of the history: `loss`, or the name of a metric. */
export function learningCurve(
  history: readonly train.EpochRecord[],
  { title, name = 'loss' }: { readonly title: string; readonly name?: string },
): string {
  const series = (label: string, values: readonly (number | undefined)[]): Series => ({
    label,
    x: history.map(({ epoch }) => epoch),
    y: values.map((value) => value ?? NaN),
  })
  const validation = history.some((record) => record.validation !== null)
    ? [
        series(
          'validation',
          history.map((record) => record.validation?.[name]),
        ),
      ]
    : []
  return plot({
    title,
    x: { label: 'epoch' },
    y: { label: name, log: name === 'loss' },
    legend: name === 'loss' ? 'top right' : 'bottom right',
    series: [
      series(
        'training',
        history.map((record) => record.training[name]),
      ),
      ...validation,
    ],
  })
}
