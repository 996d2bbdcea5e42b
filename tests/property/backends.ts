/**
 * The law that a backend computes what the reference device computes, for whole compiled programs, for single
 * operations, and for gradients. Integers and bools are equal; floats are close, as float32 allows.
 */

import { afterAll, beforeAll, describe } from 'vitest'
import { defaultDevice, grad, init, jit, numpy as np, type DeviceName, type NDArray } from 'cotangent'
import { laws } from 'cotangent/testing'
import { programs, type ProgramClass, type RandomProgram } from 'cotangent/testing/arbitraries'
import { isFloat } from '../../src/core/dtype.js'
import type { PrimitiveName } from '../../src/core/jaxpr.js'
import { expectClose } from '../../src/testing/compare.js'
import { law, lawOfEach } from './support.js'

/** Chains of a few steps, each good to a few ulps and with bounded derivatives. */
const single = { rtol: 2e-4, atol: 2e-4 }
/** Sums of hundreds of terms. */
const long = { rtol: 2e-3, atol: 2e-3 }
/** Whole vectors, tiles and workgroups, and what is left over at their ends. */
const wide = { maxRank: 2, maxSize: 70 }
/** Items of loops that are matrices, and longer than a vector. */
const items = { minRank: 2, maxRank: 3, maxSize: 9 }

/** Arguments of few sizes, so that results fit where they were. */
const alike = { minRank: 1, maxRank: 1, maxSize: 3 }

type Run = (p: RandomProgram) => readonly NDArray[]

const gradientOf = (p: RandomProgram, compile: boolean): readonly NDArray[] => {
  const { f, xs } = laws.floatPart(p.f, p.inputs())
  const gradient = grad(laws.scalarized(f), { argnums: xs.map((_, i) => i) })
  return (compile ? jit(gradient) : gradient)(...xs)
}

type Program = RandomProgram['f']

/** Results that are read again after the arguments are dead: they may lie there, and nothing else may. */
const readAgain =
  (f: Program): Program =>
  (...xs) => {
    const ys = f(...xs)
    const more = ys.filter((y) => y.ndim > 0 && isFloat(y.dtype)).map((y) => y.add(np.cumsum(y, 0)))
    return [...ys, ...more]
  }
const givenAway: Run = (p) => {
  const inputs = p.inputs()
  return jit(readAgain(p.f), { donateArgnums: inputs.map((_, i) => i) })(...inputs)
}

/** Runs on one device and then on the other; the default device is `reference` again afterwards. */
async function compare(
  device: DeviceName,
  p: RandomProgram,
  actual: Run,
  expected: Run,
  tolerance = single,
): Promise<void> {
  defaultDevice('reference')
  const wanted = expected(p)
  defaultDevice(device)
  try {
    await expectClose(`${device} = reference`, actual(p), wanted, tolerance)
  } finally {
    defaultDevice('reference')
  }
}

export interface Budgets {
  readonly compiled: number
  readonly eager: number
  readonly gradients: number
  /** Of each primitive alone. */
  readonly each: number
  /** What the device can run. */
  readonly runs: 'any' | 'static'
  /** Threads to wait for; what the device has at once if absent. */
  readonly threads?: number
}

export function backendLaws(
  device: DeviceName,
  { compiled, eager, gradients, each, runs, threads }: Budgets,
): void {
  describe(device, () => {
    beforeAll(async () => {
      await init(device, threads === undefined ? {} : { threads })
    })
    afterAll(() => void defaultDevice('reference'))
    const run: Run = (p) => p.f(...p.inputs())
    law(
      'a compiled program computes what the reference computes',
      programs({ programClass: runs }),
      compiled,
      (p) => compare(device, p, (q) => jit(q.f)(...q.inputs()), run),
    )
    law('so do single operations', programs({ programClass: runs, maxSteps: 3 }), eager, (p) =>
      compare(device, p, run, run),
    )
    law('so do gradients', programs({ programClass: 'reverse' }), gradients, (p) =>
      compare(
        device,
        p,
        (q) => gradientOf(q, true),
        (q) => gradientOf(q, false),
      ),
    )
    law(
      'so do gradients of loops',
      programs({ programClass: 'reverse', primitives: ['scan'], inputShapes: items, maxSteps: 2 }),
      gradients,
      (p) =>
        compare(
          device,
          p,
          (q) => gradientOf(q, true),
          (q) => gradientOf(q, false),
          long,
        ),
    )
    law(
      'so it does on larger arrays',
      programs({ programClass: runs, inputShapes: wide, maxSteps: 4 }),
      compiled,
      (p) => compare(device, p, (q) => jit(q.f)(...q.inputs()), run, long),
    )
    law(
      'so it does with arguments that are given away',
      programs({ programClass: runs, inputShapes: alike, maxSteps: 10 }),
      compiled,
      (p) => compare(device, p, givenAway, (q) => readAgain(q.f)(...q.inputs())),
    )
    const alone = (programClass: ProgramClass) => (primitives: readonly PrimitiveName[]) =>
      programs({ programClass, primitives, maxSteps: 1 })
    lawOfEach('compiled, it computes what the reference computes', runs, alone(runs), each, (p) =>
      compare(device, p, (q) => jit(q.f)(...q.inputs()), run),
    )
    lawOfEach('so do gradients', 'reverse', alone('reverse'), each, (p) =>
      compare(
        device,
        p,
        (q) => gradientOf(q, true),
        (q) => gradientOf(q, false),
      ),
    )
    const aloneAndWide = (primitives: readonly PrimitiveName[]) =>
      programs({ programClass: runs, primitives, maxSteps: 1, inputShapes: wide })
    lawOfEach('compiled, on larger arrays', runs, aloneAndWide, each, (p) =>
      compare(device, p, (q) => jit(q.f)(...q.inputs()), run, long),
    )
  })
}
