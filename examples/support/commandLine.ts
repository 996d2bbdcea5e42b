// The command line of an example: declared options in → typed values out. With --help it prints the help; a bad
// value is a one-line error and exit status 2.

import { parseArgs } from 'node:util'
import { parse as pathParts } from 'node:path'
import type { DeviceName } from 'cotangent'

/** One option: what its text means, and the line of the help. */
export interface Option<T> {
  readonly help: string
  /** Shown in the help after the name; absent for a flag. */
  readonly placeholder?: string
  /** The value of the given text, or of no text. */
  readonly value: (text: string | undefined, name: string) => T
}

/** The name of the example that runs. */
export const program = pathParts(process.argv[1] ?? 'example').name

/** Ends the program over a mistake of the person at the terminal. */
export function usageError(message: string): never {
  console.error(`${program}: ${message.split('\n')[0] ?? ''}`)
  process.exit(2)
}

function wholeNumber(text: string, name: string, least: number): number {
  const n = Number(text)
  if (text !== '' && Number.isSafeInteger(n) && n >= least) return n
  return usageError(`--${name} must be a whole number >= ${least}, got '${text}'`)
}

/** A whole number, at least `least`. */
export const count = (fallback: number, help: string, least = 1): Option<number> => ({
  help: `${help} (default ${fallback})`,
  placeholder: 'N',
  value: (text, name) => (text === undefined ? fallback : wholeNumber(text, name, least)),
})

/** A whole number, at least 1, where the default depends on something else; the help should say on what. */
export const optionalCount = (help: string): Option<number | undefined> => ({
  help,
  placeholder: 'N',
  value: (text, name) => (text === undefined ? undefined : wholeNumber(text, name, 1)),
})

/** One of a few words. */
export const oneOf = <T extends string>(words: readonly T[], help: string): Option<T | undefined> => ({
  help,
  placeholder: words.join('|'),
  value: (text, name) => {
    const word = words.find((w) => w === text)
    if (text === undefined || word !== undefined) return word
    usageError(`--${name} must be one of ${words.join(', ')}, got '${text}'`)
  },
})

/** Any text. */
export const text = (placeholder: string, help: string): Option<string | undefined> => ({
  help,
  placeholder,
  value: (given) => given,
})

/** Present or absent. */
export const flag = (help: string): Option<boolean> => ({ help, value: (given) => given !== undefined })

/** What every example understands. */
export const common = {
  device: oneOf<DeviceName>(
    ['webgpu', 'wasm', 'reference'],
    'where to compute (default webgpu if there is an adapter, else wasm)',
  ),
  seed: count(0, 'the seed of everything random', 0),
  out: text('DIR', `the folder for pictures and other files (default out/${program})`),
  json: text('FILE', 'also write the figures, as JSON, to this file'),
  explain: flag('print the compiled step (jaxpr, kernels, memory plan, code) instead of training'),
}

/** The values of `common`, and of --data where an example has it. */
export interface Common {
  readonly device: DeviceName | undefined
  readonly seed: number
  readonly out: string | undefined
  readonly json: string | undefined
  readonly data?: string | undefined
}

type Options = Readonly<Record<string, Option<unknown>>>
type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

function helpText(about: string, options: Options): string {
  const rows = Object.entries({ ...options, help: flag('print this') }).map(
    ([option, { placeholder, help }]) => [
      `--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      help,
    ],
  )
  const width = Math.max(...rows.map(([left = '']) => left.length))
  const lines = rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`)
  return `${about}\n\nnpm run example ${program} -- [options]\n${lines.join('\n')}`
}

/** The values of the options that an example declares. */
export function commandLine<O extends Options>(about: string, options: O): Values<O> {
  if (process.argv.includes('--help')) {
    console.log(helpText(about, options))
    process.exit(0)
  }
  const given = parse(options)
  const values = Object.entries(options).map(
    ([name, option]) => [name, option.value(given[name]?.toString(), name)] as const,
  )
  return Object.fromEntries(values) as Values<O>
}

function parse(options: Options): Readonly<Record<string, string | boolean | undefined>> {
  const declared = Object.entries(options).map(
    ([name, option]) => [name, { type: option.placeholder === undefined ? 'boolean' : 'string' }] as const,
  )
  try {
    return parseArgs({ options: Object.fromEntries(declared) }).values
  } catch (error) {
    return usageError(error instanceof Error ? error.message : String(error))
  }
}
