// Counts of checks that ran: added up over the steps of the gate.
// A line of text or vitest's JSON report in → passed, failed and skipped out.

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 }

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

export function format({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** The last `N passed, N failed[, N skipped]` line of a program's output; undefined where there is none. */
export function lastTally(output: string): Tally | undefined {
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim())
  if (match === null) return undefined
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) }
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** The tests of the files whose path `selects`; a file that failed without a failed test counts as one failure. */
export function vitestTally(report: VitestReport, selects: (path: string) => boolean = () => true): Tally {
  return report.testResults
    .filter(({ name }) => selects(name))
    .map(({ status, assertionResults }) => {
      const count = (...kinds: string[]) =>
        assertionResults.filter((test) => kinds.includes(test.status)).length
      const [passed, failed] = [count('passed'), count('failed')]
      const broken = status === 'failed' && failed === 0 ? 1 : 0
      return { passed, failed: failed + broken, skipped: assertionResults.length - passed - failed }
    })
    .reduce(add, nothing)
}
