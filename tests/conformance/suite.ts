// The conformance files as vitest suites on one device: one test for each file, which lists what failed.

import { beforeAll, describe, expect, test } from 'vitest'
import { defaultDevice, init, type DeviceName } from '../../src/index.js'
import { report, runCase, type Outcome } from './driver.js'
import { readCases } from './format.js'
import { knownMissing } from './missing.js'
import { toleranceFactor } from './tolerance.js'

export function conformanceSuite(device: DeviceName, files: readonly string[]): void {
  describe(`JAX's results on ${device}`, () => {
    beforeAll(async () => {
      await init(device)
      defaultDevice(device)
    })
    test.each(files)('%s', async (file) => {
      const outcomes: Outcome[] = []
      for (const testCase of readCases(file))
        outcomes.push(...(await runCase(testCase, toleranceFactor(device))))
      const { failed, skipped } = report(outcomes)
      expect(failed.map(({ id, check, message }) => `${id} (${check}): ${message}`)).toEqual([])
      // Nothing is skipped but what is known to be missing.
      expect([...skipped.keys()].filter((name) => !knownMissing(device).has(name))).toEqual([])
    })
  })
}
