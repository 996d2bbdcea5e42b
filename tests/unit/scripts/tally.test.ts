import { expect, test } from 'vitest'
import { add, format, lastTally, vitestTally } from '../../../scripts/tally.js'

test('reads the last line of an output, and nothing else', () => {
  expect(lastTally('1 passed, 0 failed\nmore\n12 passed, 3 failed, 4 skipped\n')).toEqual({
    passed: 12,
    failed: 3,
    skipped: 4,
  })
  expect(lastTally('1 passed, 0 failed\ncrashed')).toBeUndefined()
})

test('adds and writes counts', () => {
  const sum = add({ passed: 1, failed: 2, skipped: 0 }, { passed: 3, failed: 0, skipped: 0 })
  expect(format(sum)).toBe('4 passed, 2 failed')
  expect(format({ ...sum, skipped: 5 })).toBe('4 passed, 2 failed, 5 skipped')
})

test('counts a report by file; a file that broke outside its tests is a failure', () => {
  const file = (name: string, status: string, ...tests: string[]) => ({
    name,
    status,
    assertionResults: tests.map((kind) => ({ status: kind })),
  })
  const report = {
    testResults: [
      file('/a/tests/gpu/x.test.ts', 'passed', 'passed', 'skipped', 'todo'),
      file('/a/tests/unit/y.test.ts', 'failed', 'passed', 'failed'),
      file('/a/tests/unit/z.test.ts', 'failed'),
    ],
  }
  expect(vitestTally(report)).toEqual({ passed: 2, failed: 2, skipped: 2 })
  expect(vitestTally(report, (path) => path.includes('/gpu/'))).toEqual({ passed: 1, failed: 0, skipped: 2 })
})
