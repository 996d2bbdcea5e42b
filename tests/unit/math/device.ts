/**
 * The same bounds and special values on a device, through the public entry: whatever its compiler makes of them.
 */

import { beforeAll, describe, expect, test } from 'vitest'
import { defaultDevice, init, jit, numpy as np, type DeviceName, type NDArray } from 'cotangent'
import { bind } from '../../../src/core/interpreter.js'
import type { MathName } from '../../../src/lowering/expr.js'
import { samples, worst, type Evaluator } from './accuracy.js'
import { accuracyCases, titleOf } from './cases.js'
import { specialPairs, specialValues } from './specialCases.js'

const onDevice: Evaluator = async (name, inputs) => {
  const f = (...xs: NDArray[]): NDArray => bind(name, xs as never, {})[0]
  return (await jit(f)(...inputs.map((x) => np.array(x))).data()) as Float32Array
}

/** Where intermediate results are flushed to zero, results are off by about the smallest normal number. */
const flushed = 2 ** -125

/** Devices may take subnormal numbers for zero. */
const isNormal = (x: number): boolean => x === 0 || !(Math.abs(x) < 2 ** -126)

interface Slack {
  /** Devices whose division or square root is not exact add this many ulps. */
  readonly ulps: number
}

export function mathOnDevice(device: DeviceName, slack: Slack): void {
  describe(`mathematical functions on ${device}`, () => {
    beforeAll(async () => {
      await init(device)
      defaultDevice(device)
    })
    test.each(accuracyCases.map((c) => [titleOf(c), c] as const))(
      '%s',
      async (_, { name, reference, domains, ulps, floor }) => {
        const inputs = domains.map((domain, i) => samples(domain, 20_000, 17 + i))
        const e = await worst(onDevice, name, reference, inputs, floor, flushed)
        expect(e.ulps, `at ${e.at.join(', ')}: ${e.actual}, should be ${e.expected}`).toBeLessThan(
          ulps + slack.ulps,
        )
      },
    )
    const special = async (name: MathName, rows: readonly (readonly number[])[]): Promise<void> => {
      const normal = rows.filter((row) => row.every(isNormal))
      const columns = (normal[0] ?? []).map((_, i) => Float32Array.from(normal, (row) => row[i] ?? 0))
      const y = await onDevice(name, columns.slice(0, -1))
      expect([...y]).toEqual([...(columns.at(-1) ?? [])])
    }
    test.each(specialValues)('special values of %s', special)
    test.each(specialPairs)('special values of %s of two numbers', special)
  })
}
