// `node --import tsx scripts/run.ts FILE.ts [arguments…]`: runs a program in an environment in which WebGPU
// works. Exit status and signals pass through.

import { launch } from './launch.js'

const [file, ...rest] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: run.ts FILE.ts [arguments…]')
  process.exit(2)
}
launch(file, rest)
