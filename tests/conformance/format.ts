// The conformance files: their form, where they are, and how they are read.
// A file name → its cases. FORMAT.md beside the data is the contract.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** JSON of a value or a program's argument. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export interface Program {
  readonly steps: readonly Step[]
  readonly result: Json
}
export interface Step {
  readonly call: string
  readonly args: readonly Json[]
}

/** One stage of a composition. */
export type Stage = string | { readonly vmap: { readonly inAxes: Json; readonly outAxes?: Json } }

export interface Check {
  readonly transform: Stage | readonly Stage[]
  readonly wrt?: readonly number[]
  readonly args?: readonly Json[]
  readonly inAxes?: Json
  readonly outAxes?: Json
  readonly inputs?: readonly Json[]
  readonly tangents?: readonly Json[]
  readonly ct?: Json
  readonly expect?: Json
  readonly rtol?: number
  readonly atol?: number
  readonly signedZero?: boolean
}

export interface Case extends Program {
  readonly id: string
  readonly inputs: readonly Json[]
  readonly checks: readonly Check[]
  readonly requires?: readonly string[]
}

const shared = fileURLToPath(new URL('../../../shared/conformance', import.meta.url))
const own = fileURLToPath(new URL('./data', import.meta.url))

/** Where the data is: beside the repository, or else the copy in it. */
const folder = existsSync(shared) ? shared : own

/** The names of all files, without ending. */
export const allFiles = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .sort()

/** The files of the functions that there are. */
export const coreFiles = [
  'contraction',
  'dtype',
  'elementwise',
  'movement',
  'random',
  'reductions',
  'transforms',
]

/** The cases of one file, named `elementwise`, `elementwise.json` or by a path. */
export function readCases(name: string): readonly Case[] {
  const path = existsSync(name) && name.includes('/') ? name : join(folder, `${basename(name, '.json')}.json`)
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly format: number
    readonly cases: readonly Case[]
  }
  if (file.format !== 1) throw new Error(`${path}: format ${file.format} is not known`)
  return file.cases
}

/** A short name of a check, for reports. */
export function checkName({ transform }: Check): string {
  const stages = [transform].flat() as readonly Stage[]
  return stages.map((stage) => (typeof stage === 'string' ? stage : 'vmap')).join(' of ')
}

/** Every function name that a program calls, those inside function literals included. */
export function calledNames(program: Program): Set<string> {
  const names = new Set<string>()
  const visit = (value: Json): void => {
    if (value === null || typeof value !== 'object') return
    if (Array.isArray(value)) return (value as readonly Json[]).forEach(visit)
    const node = value as { readonly [key: string]: Json }
    if ('$array' in node) return
    if ('$fn' in node) return collect(node['$fn'] as unknown as Program)
    Object.values(node).forEach(visit)
  }
  const collect = ({ steps, result }: Program): void => {
    for (const { call, args } of steps) {
      names.add(call)
      args.forEach(visit)
    }
    visit(result)
  }
  collect(program)
  return names
}
