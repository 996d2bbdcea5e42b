// `npm run conformance -- [--device NAME] [FILE…]`: replays recorded JAX results and reports, for each file, how
// many checks passed, failed and were skipped, and for each missing function how many checks it skips.
// The last line adds up checks (every case has several): N passed, N failed, N skipped.

import { parseArgs } from 'node:util'
import { defaultDevice, init, type DeviceName } from '../../src/index.js'
import { report, runCase, type Outcome } from './driver.js'
import { allFiles, readCases } from './format.js'
import { toleranceFactor } from './tolerance.js'

const usage = 'Usage: npm run conformance -- [--device wasm|webgpu|reference] [--verbose] [FILE…]'

function parse(): {
  readonly device: DeviceName
  readonly verbose: boolean
  readonly files: readonly string[]
} {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      device: { type: 'string', default: 'wasm' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  if (!['wasm', 'webgpu', 'reference'].includes(values.device))
    throw new Error(`unknown device '${values.device}'`)
  return {
    device: values.device as DeviceName,
    verbose: values.verbose,
    files: positionals.length > 0 ? positionals : allFiles(),
  }
}

async function main(): Promise<number> {
  const { device, verbose, files } = parse()
  await init(device)
  defaultDevice(device)
  console.log(`Conformance with JAX on ${device}: checks, several to a case.`)
  const everything: Outcome[] = []
  for (const file of files) {
    const outcomes: Outcome[] = []
    for (const testCase of readCases(file))
      outcomes.push(...(await runCase(testCase, toleranceFactor(device))))
    const { passed, failed, skipped } = report(outcomes)
    const skips = [...skipped.values()].reduce((sum, n) => sum + n, 0)
    console.log(`${file}: ${passed} passed, ${failed.length} failed, ${skips} skipped`)
    for (const { id, check, message } of verbose ? failed : failed.slice(0, 20))
      console.log(`  FAILED ${id} (${check}): ${message.split('\n')[0] ?? ''}`)
    if (!verbose && failed.length > 20)
      console.log(`  … and ${failed.length - 20} more (--verbose lists all)`)
    everything.push(...outcomes)
  }
  const { passed, failed, skipped } = report(everything)
  if (skipped.size > 0) console.log('Missing, with the number of checks that each skips:')
  for (const [name, count] of [...skipped].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`  ${name}: ${count}`)
  const skips = [...skipped.values()].reduce((sum, n) => sum + n, 0)
  console.log(`${passed} passed, ${failed.length} failed, ${skips} skipped`)
  return failed.length === 0 ? 0 : 1
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    console.error(usage)
    process.exit(2)
  },
)
