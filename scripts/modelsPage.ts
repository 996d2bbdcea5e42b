// The page of the models: what runs of the examples reached. Their results in → the text of docs/models.md out.

import type { Result } from '../examples/support/report.js'

/** The result of a run, and how it was made. */
export interface ModelRun extends Result {
  /** The name of the folder of --data; null for what comes along. */
  readonly data: string | null
  /** The steps after which it was stopped; null for a whole run. */
  readonly limit: number | null
  readonly processor: string
}

/** Whether one run takes the place of the other. */
export const isSameRun = (a: ModelRun, b: ModelRun): boolean =>
  a.example === b.example &&
  a.device === b.device &&
  a.seed === b.seed &&
  a.data === b.data &&
  (a.limit === null) === (b.limit === null)

const unique = (values: readonly string[]): string[] => [...new Set(values)]

/** Runs that differ in their seeds alone. */
function groups(runs: readonly ModelRun[]): ModelRun[][] {
  const found = new Map<string, ModelRun[]>()
  for (const run of runs) {
    const key = [run.example, run.data ?? '', run.device].join(' ')
    found.set(key, [...(found.get(key) ?? []), run])
  }
  return [...found.keys()].sort().map((key) => (found.get(key) ?? []).sort((a, b) => a.seed - b.seed))
}

const link = ({ example, data }: ModelRun): string =>
  `[${example}](../examples/${example}.ts)${data === null ? '' : ` on ${data}`}`

const shortTime = (seconds: number): string =>
  seconds >= 0.1 ? `${Number(seconds.toPrecision(2))} s` : `${Number((1000 * seconds).toPrecision(2))} ms`

/** Seconds per epoch or, where there are no epochs, per step; the quickest of the runs. */
function pace(runs: readonly ModelRun[]): string {
  const epochs = runs.flatMap(({ secondsPerEpoch }) => (secondsPerEpoch === null ? [] : [secondsPerEpoch]))
  if (epochs.length > 0) return `${shortTime(Math.min(...epochs))} an epoch`
  const steps = runs.flatMap(({ seconds, steps }) => (steps === null || steps === 0 ? [] : [seconds / steps]))
  return steps.length > 0 ? `${shortTime(Math.min(...steps))} a step` : '–'
}

/** The rows of one group: one for each figure. */
function figureRows(runs: readonly ModelRun[]): string[] {
  const [first] = runs
  if (first === undefined) return []
  return first.figures.map(({ name }, i) => {
    const all = runs.flatMap((run) => run.figures.filter((figure) => figure.name === name))
    const required = unique(all.flatMap((figure) => (figure.required === null ? [] : [figure.required])))
    const missed = all.some(({ met }) => met === false)
    const cells = [
      i === 0 ? link(first) : '',
      name.replace(/\|/g, '\\|'),
      required.join(' / '),
      `${all.map(({ text }) => text).join(', ')}${missed ? ' (missed)' : ''}`,
      i === 0 ? runs.map(({ seed }) => seed).join(', ') : '',
      i === 0 ? first.device : '',
      i === 0 ? pace(runs) : '',
    ]
    return `| ${cells.join(' | ')} |`
  })
}

function limitedRow([first]: readonly ModelRun[]): string[] {
  if (first === undefined) return []
  const cells = [link(first), first.device, `${first.limit}`, shortTime(first.wholeSeconds)]
  return [`| ${cells.join(' | ')} |`]
}

function pictures(runs: readonly ModelRun[]): string[] {
  return runs
    .filter((run) => run.pictures.length > 0)
    .sort((a, b) => (a.example < b.example ? -1 : 1))
    .flatMap(({ example, pictures }) => [
      `### ${example}`,
      '',
      ...pictures.flatMap(({ file, caption }) => [`![${caption}](${file})`, '', `${caption}.`, '']),
    ])
}

/** The text of the page. */
export function modelsPage(runs: readonly ModelRun[]): string {
  const whole = runs.filter(({ limit }) => limit === null)
  const limited = runs.filter(({ limit }) => limit !== null)
  return [
    '# What the example models reach',
    '',
    '<!-- Written by `npm run models` (scripts/models.ts) from docs/models.json; changes by hand are lost. -->',
    '',
    'Each figure is from a real run of an example with the seeds named, and printed by the example itself; `npm run test:long`',
    'asserts them. Seconds include compilation and validation. Try one with `npm run example NAME`, make the numbers',
    'again with `npm run models -- NAME`.',
    '',
    '| example | figure | required | reached | seeds | device | time |',
    '|---|---|---|---|---|---|---|',
    ...groups(whole).flatMap(figureRows),
    '',
    `Processors: ${unique(whole.map(({ processor }) => processor))
      .sort()
      .join('; ')}.`,
    '',
    ...(limited.length === 0
      ? []
      : [
          '## Short runs on other devices',
          '',
          'These show that an example runs there; where WebGPU is a software adapter, whole runs take too long.',
          '',
          '| example | device | steps | time from start to end |',
          '|---|---|---|---|',
          ...groups(limited).flatMap(limitedRow),
          '',
        ]),
    '## Pictures',
    '',
    ...pictures(whole),
  ].join('\n')
}
