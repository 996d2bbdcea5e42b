/**
 * How a law becomes a test: a fixed seed and a small budget in `npm test`, a thousand programs or more and a fresh seed
 * with COTANGENT_LONG=1. COTANGENT_SEED and COTANGENT_PATH, which a failure prints, replay it.
 */

import * as fc from 'fast-check'
import { test } from 'vitest'
import { setLoweringVerification } from '../../src/lowering/pipeline.js'
import { setVerifyJaxprs } from '../../src/transforms/index.js'
import type { PrimitiveName } from '../../src/core/jaxpr.js'
import {
  programs,
  type ProgramClass,
  type ProgramOptions,
  type RandomProgram,
} from '../../src/testing/arbitraries/index.js'
import { elementwise } from '../../src/testing/programs/generators/elementwise.js'
import { primitivesOf } from '../../src/testing/programs/generators/index.js'

// Every program that a transformation or a pass makes is verified.
setVerifyJaxprs(true)
setLoweringVerification(true)

export const isLong = process.env['COTANGENT_LONG'] === '1'

/** Programs for each law in the long run. */
const longRuns = Number(process.env['COTANGENT_RUNS'] ?? 1000)
const fixedSeed = 20_260_101

const given = (name: string): string | undefined => process.env[name]

function parameters(short: number): fc.Parameters<[unknown]> {
  const seed = given('COTANGENT_SEED')
  const path = given('COTANGENT_PATH')
  return {
    numRuns: isLong ? longRuns : short,
    ...(seed !== undefined ? { seed: Number(seed) } : isLong ? {} : { seed: fixedSeed }),
    ...(path !== undefined ? { path } : {}),
  }
}

type Holds<T> = (value: T) => Promise<void> | void

async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  holds: Holds<T>,
  given: fc.Parameters<[unknown]>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (value) => holds(value))
  await fc.assert(property, given as fc.Parameters<[T]>)
}

/** A test that `holds` for values of `arbitrary`: `short` of them in `npm test`. */
export function law<T>(name: string, arbitrary: fc.Arbitrary<T>, short: number, holds: Holds<T>): void {
  test(name, () => check(arbitrary, holds, parameters(short)))
}

/** What elementwise primitives have to say is said soon; axes and dimension numbers have more cases. */
const isElementwise = (primitive: PrimitiveName): boolean => primitive in elementwise

/**
 * The same for each primitive of a class alone, so that none depends on luck: `short` programs for each elementwise
 * primitive, four times as many for the others, and ten times as many in the long run.
 */
export function lawOfEach<T>(
  name: string,
  programClass: ProgramClass,
  arbitrary: (primitives: readonly PrimitiveName[]) => fc.Arbitrary<T>,
  short: number,
  holds: Holds<T>,
): void {
  test(`${name}, each primitive alone`, async () => {
    for (const primitive of primitivesOf(programClass)) {
      await check(arbitrary([primitive]), holds, {
        ...parameters(short),
        numRuns: short * (isElementwise(primitive) ? 1 : 4) * (isLong ? 10 : 1),
      })
    }
  })
}

/** Double precision, on the reference device. */
export const exact = { rtol: 1e-7, atol: 1e-7 }

/** Random programs in double precision. */
export const doublePrograms = (options: ProgramOptions = {}): fc.Arbitrary<RandomProgram> =>
  programs({ dtype: 'float64', ...options })
