// Runs conformance cases on the default device: cases in → one outcome for every check.

import { CotangentError, type ErrorCode } from '../../src/index.js'
import { currentDevice } from '../../src/core/device.js'
import type { DType } from '../../src/index.js'
import { compute, stageNames } from './checks.js'
import { difference } from './compare.js'
import { calledNames, checkName, type Case, type Check } from './format.js'
import { exists, lookup } from './program.js'

export type Outcome =
  | { readonly kind: 'passed'; readonly id: string; readonly check: string }
  | { readonly kind: 'failed'; readonly id: string; readonly check: string; readonly message: string }
  /** `missing` names what the library or the device does not have. */
  | { readonly kind: 'skipped'; readonly id: string; readonly check: string; readonly missing: string }

/** A factor on the tolerances of a device with weaker arithmetic than IEEE's; see TOLERANCE in cli.ts. */
export async function runCase(testCase: Case, factor = 1): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const check of testCase.checks) outcomes.push(await runCheck(testCase, check, factor))
  return outcomes
}

/** What a check needs and does not have: functions of the library, transformations, dtypes of the device. */
function missing(testCase: Case, check: Check): string | null {
  const call = [...calledNames(testCase)].find((name) => !exists(name))
  if (call !== undefined) return call
  const stage = stageNames(check).find((name) => lookup(name) === undefined)
  if (stage !== undefined) return stage
  const dtype = (testCase.requires ?? []).find((name) => !currentDevice().supports(name as DType))
  return dtype === undefined ? null : `dtype ${dtype}`
}

async function runCheck(testCase: Case, check: Check, factor: number): Promise<Outcome> {
  const where = { id: testCase.id, check: checkName(check) }
  const lacking = missing(testCase, check)
  if (lacking !== null) return { kind: 'skipped', ...where, missing: lacking }
  // A jit check has the expectation of the value check, which comes first.
  const reference = check.expect === undefined ? testCase.checks[0] : check
  const { expect: expected = null, rtol = 0, atol = 0, signedZero = false } = reference ?? check
  try {
    const actual = compute(testCase, check)
    const message = await difference(actual, expected, {
      rtol: rtol * factor,
      atol: atol * factor,
      signedZero,
    })
    return message === null ? { kind: 'passed', ...where } : { kind: 'failed', ...where, message }
  } catch (error) {
    const lack = lackOf(testCase, error)
    if (lack !== null) return { kind: 'skipped', ...where, missing: lack }
    return {
      kind: 'failed',
      ...where,
      message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    }
  }
}

/** Errors that say that something is not there, as opposed to wrong. */
function lackOf(testCase: Case, thrown: unknown): string | null {
  if (!(thrown instanceof CotangentError)) return null
  const error = thrown as CotangentError
  if (isCode(error, 'notImplemented')) return `${error.detail.operation} (not implemented)`
  // Results whose shape depends on data need a device that can be read at once; such cases have no jit check.
  const dataDependent = !testCase.checks.some((check) => check.transform === 'jit')
  if (!isCode(error, 'syncRead') || !dataDependent) return null
  const { operation, device } = error.detail
  return `${operation.includes('.') ? operation : `numpy.${operation}`} on ${device}`
}

const isCode = <C extends ErrorCode>(error: CotangentError, code: C): error is CotangentError<C> =>
  error.code === code

export interface Report {
  readonly passed: number
  readonly failed: readonly Extract<Outcome, { kind: 'failed' }>[]
  /** What is missing → the number of checks that it skips. */
  readonly skipped: ReadonlyMap<string, number>
}

/** Counts of outcomes. */
export function report(outcomes: readonly Outcome[]): Report {
  const skipped = new Map<string, number>()
  for (const outcome of outcomes)
    if (outcome.kind === 'skipped') skipped.set(outcome.missing, (skipped.get(outcome.missing) ?? 0) + 1)
  return {
    passed: outcomes.filter((outcome) => outcome.kind === 'passed').length,
    failed: outcomes.filter((outcome) => outcome.kind === 'failed'),
    skipped,
  }
}
