// What an example ends with: its figures beside what they must reach, its pictures, and, with --json, all of it in a
// file for programs. Figures, pictures and times in → lines, files and the end of the program out.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DeviceName, train } from 'cotangent'
import { program, type Common } from './commandLine.js'
import { useDevice } from './device.js'

/** A number that an example is about. */
export interface Figure {
  /** For example 'accuracy on held-out images'. */
  readonly name: string
  readonly value: number
  readonly atLeast?: number
  readonly atMost?: number
  /** How numbers are shown: `percent` times 100, otherwise with four digits. */
  readonly as?: 'percent' | 'number'
}

/** How long the training took. */
export interface Duration {
  readonly epochs?: number
  readonly steps?: number
  readonly seconds: number
}

/** What --json writes. */
export interface Result {
  readonly example: string
  readonly device: DeviceName
  readonly seed: number
  /** The folder of --data, where it was given. */
  readonly data: string | null
  readonly figures: readonly {
    readonly name: string
    readonly value: number
    /** The value and what it must reach, for people. */
    readonly text: string
    readonly required: string | null
    readonly met: boolean | null
  }[]
  readonly pictures: readonly { readonly file: string; readonly caption: string }[]
  readonly epochs: number | null
  readonly steps: number | null
  /** Of the training. */
  readonly seconds: number
  readonly secondsPerEpoch: number | null
  /** From the choice of the device to the end. */
  readonly wholeSeconds: number
}

const digits = (value: number, as: Figure['as']): string =>
  as === 'percent'
    ? `${(100 * value).toFixed(1)} %`
    : value !== 0 && Math.abs(value) < 1e-3
      ? value.toExponential(1)
      : String(Number(value.toPrecision(4)))

function judge({ name, value, atLeast, atMost, as }: Figure): Result['figures'][number] {
  const limits = [
    ...(atLeast === undefined ? [] : [{ sign: '≥', limit: atLeast, met: value >= atLeast }]),
    ...(atMost === undefined ? [] : [{ sign: '≤', limit: atMost, met: value <= atMost }]),
  ]
  const judged = limits.length > 0
  return {
    name,
    value,
    text: digits(value, as),
    required: judged ? limits.map(({ sign, limit }) => `${sign} ${digits(limit, as)}`).join(', ') : null,
    met: judged ? limits.every(({ met }) => met) : null,
  }
}

export class Report {
  readonly device: DeviceName
  readonly #options: Common
  readonly #figures: Result['figures'][number][] = []
  readonly #pictures: Result['pictures'][number][] = []
  readonly #start = performance.now()

  constructor(options: Common, device: DeviceName) {
    this.#options = options
    this.device = device
  }

  /** Prints a figure with what it must reach, and keeps it for the file of --json. */
  figure(figure: Figure): void {
    const judged = judge(figure)
    this.#figures.push(judged)
    const verdict =
      judged.met === null ? '' : ` (${judged.met ? 'reached' : 'not reached'}: ${judged.required})`
    console.log(`${judged.name}: ${judged.text}${verdict}`)
  }

  /** The path of a file in the folder of --out, which is made if need be. */
  path(name: string): string {
    const path = join(this.#options.out ?? join('out', program), name)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }

  /** Writes a picture (the bytes of a PNG, the text of an SVG) into the folder of --out. */
  picture(name: string, content: Uint8Array | string, caption: string): void {
    const file = this.path(name)
    writeFileSync(file, content)
    this.#pictures.push({ file, caption })
    console.log(`${caption}: ${file}`)
  }

  /** Writes the file of --json and ends the program: a WebGPU device would keep Node alive. */
  end({ epochs, steps, seconds }: Duration): never {
    const result: Result = {
      example: program,
      device: this.device,
      seed: this.#options.seed,
      data: this.#options.data ?? null,
      figures: this.#figures,
      pictures: this.#pictures,
      epochs: epochs ?? null,
      steps: steps ?? null,
      seconds,
      secondsPerEpoch: epochs === undefined || epochs === 0 ? null : seconds / epochs,
      wholeSeconds: (performance.now() - this.#start) / 1000,
    }
    const { json } = this.#options
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
    return process.exit()
  }
}

/** Chooses the device, and opens the report of a run with these options. */
export const begin = async (options: Common): Promise<Report> =>
  new Report(options, await useDevice(options.device))

/** How long a run of `train.fit` took, validation included. */
export const durationOf = ({ history, epoch, step }: train.Run<unknown>): Duration => ({
  epochs: epoch,
  steps: step,
  seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
})
