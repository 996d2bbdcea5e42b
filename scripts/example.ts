// `npm run example NAME [-- options]`: runs examples/NAME.ts in an environment in which WebGPU works.

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.js'

const folder = fileURLToPath(new URL('../examples', import.meta.url))
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
const [name, ...rest] = process.argv.slice(2)

if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Usage: npm run example NAME' : `No example ${name}`}; there are: ${names.join(', ')}`,
  )
  process.exit(2)
}
launch(join(folder, `${name}.ts`), rest)
