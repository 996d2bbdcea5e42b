// The driver itself: it must fail what is wrong, and skip only what is not there.

import { beforeAll, describe, expect, test } from 'vitest'
import { defaultDevice, init } from '../../src/index.js'
import { runCase } from './driver.js'
import { missingFunctions } from './missing.js'
import { exists } from './program.js'
import { calledNames, type Case, type Check, type Json } from './format.js'

beforeAll(async () => {
  await init('reference')
  defaultDevice('reference')
})

const f32 = (data: readonly Json[]): Json => ({ $array: 'float32', shape: [data.length], data })

/** numpy.multiply(x, 2) with one check. */
const doubled = (check: Check, call = 'numpy.multiply'): Case => ({
  id: 'case',
  inputs: [f32([1.5, -2])],
  steps: [{ call, args: [{ $: 0 }, 2] }],
  result: { $: 1 },
  checks: [check],
})

const kindOf = async (testCase: Case): Promise<string> => (await runCase(testCase))[0]?.kind ?? 'none'

describe('a check passes', () => {
  test('when values agree exactly', async () => {
    expect(await kindOf(doubled({ transform: 'value', expect: f32([3, -4]) }))).toBe('passed')
  })
  test('within the tolerance', async () => {
    const check = { transform: 'value', expect: f32([3.0001, -4]), rtol: 1e-4, atol: 0 }
    expect(await kindOf(doubled(check))).toBe('passed')
  })
  test('for gradients, batches and compositions', async () => {
    const checks: readonly Check[] = [
      { transform: 'vjp', wrt: [0], ct: f32([1, 10]), expect: [f32([2, 20])] },
      {
        transform: 'jvp',
        wrt: [0],
        tangents: [f32([1, 1])],
        expect: { primals: f32([3, -4]), tangents: f32([2, 2]) },
      },
      { transform: ['jit', 'vjp'], wrt: [0], args: [f32([0, 0]), f32([1, 1])], expect: [f32([2, 2])] },
    ]
    for (const check of checks) expect(await kindOf(doubled(check))).toBe('passed')
  })
})

describe('a check fails', () => {
  const wrong: readonly (readonly [string, Check])[] = [
    ['on a wrong value', { transform: 'value', expect: f32([3, -4.001]), rtol: 1e-4, atol: 0 }],
    ['on a wrong shape', { transform: 'value', expect: f32([3]) }],
    ['on a wrong dtype', { transform: 'value', expect: { $array: 'int32', shape: [2], data: [3, -4] } }],
    ['on a NaN that is expected', { transform: 'value', expect: f32(['nan', -4]) }],
    ['on an infinity that is expected', { transform: 'value', expect: f32(['inf', -4]), rtol: 1, atol: 1 }],
    ['on another tree', { transform: 'value', expect: [f32([3, -4])] }],
    ['on a wrong cotangent', { transform: 'vjp', wrt: [0], ct: f32([1, 1]), expect: [f32([2, 2.5])] }],
  ]
  test.each(wrong)('%s', async (_, check) => {
    expect(await kindOf(doubled(check))).toBe('failed')
  })
  test('on a zero of the wrong sign, where signs matter', async () => {
    const zero = (expected: number | string, signedZero: boolean): Case => ({
      ...doubled({ transform: 'value', expect: f32([expected]), signedZero }),
      inputs: [f32([0])],
    })
    expect(await kindOf(zero(-0, true))).toBe('failed')
    expect(await kindOf(zero(-0, false))).toBe('passed')
    expect(await kindOf(zero(0, true))).toBe('passed')
  })
  test('when the program throws', async () => {
    const testCase = { ...doubled({ transform: 'value', expect: f32([3, -4]) }), inputs: ['not an array'] }
    expect(await kindOf(testCase)).toBe('failed')
  })
})

describe('a check is skipped', () => {
  test('for no function that exists', () => {
    expect(missingFunctions.filter(exists)).toEqual([])
  })
  test('when a function does not exist, by its name', async () => {
    const [outcome] = await runCase(
      doubled({ transform: 'value', expect: f32([3, -4]) }, 'numpy.noSuchThing'),
    )
    expect(outcome).toMatchObject({ kind: 'skipped', missing: 'numpy.noSuchThing' })
  })
  test('also inside function literals', () => {
    const inner = { params: 1, steps: [{ call: 'lax.noSuchThing', args: [] }], result: { $p: 0 } }
    const program = {
      steps: [{ call: '$apply', args: [{ $fn: inner } as unknown as Json] }],
      result: { $: 0 },
    }
    expect([...calledNames(program)]).toEqual(['$apply', 'lax.noSuchThing'])
  })
})
