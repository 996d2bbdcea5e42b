/**
 * Random programs: choices of primitives and of their operands, which the total table of generators turns into a
 * well-typed program. Any subset of the choices is a program, so counterexamples shrink to a few lines.
 */

import * as fc from 'fast-check'
import { avalOf, type Aval } from '../../core/aval.js'
import { isFloat, type FloatDType } from '../../core/dtype.js'
import type { PrimitiveName } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { buildProgram, primitivesOf, type Choice, type ProgramClass } from '../programs/generators/index.js'
import { printProgram, runProgram, type Program } from '../programs/program.js'
import { arrayOf, sampler } from '../sampling.js'
import { shapes, type ShapeOptions } from './arrays.js'

export interface ProgramOptions {
  /** The float dtype of the program; float32 by default. */
  readonly dtype?: FloatDType
  /**
   * What the program may consist of: `any` primitive; `static`: all but loops whose turns depend on data; those that reverse mode can differentiate; `differentiable` in
   * both modes; `smooth`: those whose derivative is also what finite differences measure. Default `any`.
   */
  readonly programClass?: ProgramClass
  /** Only these primitives of the class (and what keeps their operands in their domains). */
  readonly primitives?: readonly PrimitiveName[]
  readonly maxSteps?: number
  /** Of the inputs; by default up to three axes of 1 to 4. */
  readonly inputShapes?: ShapeOptions
}

/** A program with inputs for it. As a counterexample it prints as its text. */
export interface RandomProgram {
  readonly program: Program
  /** The program as a function of its inputs. */
  readonly f: (...inputs: readonly NDArray[]) => NDArray[]
  /** Fresh inputs on the default device, always the same numbers; with `batch`, one more leading axis of that size. */
  inputs(batch?: number): NDArray[]
  toString(): string
}

/** In [-2, 2], the bounds that generators assume of inputs; whole for integers. */
function inputArray(aval: Aval, seed: number, batch: readonly number[]): NDArray {
  const next = sampler(seed)
  const draw = isFloat(aval.dtype) ? () => 4 * next() - 2 : () => Math.floor(5 * next()) - 2
  const size = batch.reduce((n, d) => n * d, aval.size)
  return arrayOf(Array.from({ length: size }, draw), [...batch, ...aval.shape], aval.dtype)
}

class Random implements RandomProgram {
  readonly program: Program
  readonly f: (...inputs: readonly NDArray[]) => NDArray[]
  readonly #seed: number

  constructor(program: Program, seed: number) {
    this.program = program
    this.f = Object.defineProperty(runProgram(program), 'name', { value: 'program' })
    this.#seed = seed
  }
  inputs(batch?: number): NDArray[] {
    return this.program.inputs.map((aval, i) =>
      inputArray(aval, this.#seed * 31 + i, batch === undefined ? [] : [batch]),
    )
  }
  toString(): string {
    return `${printProgram(this.program)} with inputs of seed ${this.#seed}`
  }
  /** fast-check prints counterexamples with this. */
  [fc.toStringMethod](): string {
    return `\n${this.toString()}\n`
  }
}

/**
 * Well-typed random programs over every primitive of a class. Operands are kept inside the domains of the functions
 * and away from kinks and ties by construction. One to three inputs, floats or integers.
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { jit } from 'cotangent'
 * import { programs } from 'cotangent/testing/arbitraries'
 * fc.assert(fc.property(programs(), (p) => jit(p.f)(...p.inputs()).length === p.f(...p.inputs()).length), { numRuns: 5 })
 * ```
 */
export function programs({
  dtype = 'float32',
  programClass = 'any',
  primitives,
  maxSteps = 6,
  inputShapes = {},
}: ProgramOptions = {}): fc.Arbitrary<RandomProgram> {
  const names = primitivesOf(programClass)
  const chosen = primitives === undefined ? names : names.filter((name) => primitives.includes(name))
  const choice: fc.Arbitrary<Choice> = fc.record({
    primitive: fc.constantFrom(...chosen),
    picks: fc.array(fc.nat(1000), { maxLength: 24, size: 'max' }),
  })
  // Lists shrink from their front; a step that may be nothing can go from anywhere.
  const step = fc.option(choice, { freq: 50 })
  const input = fc.record({
    shape: shapes(inputShapes),
    whole: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
  })
  const inputs = fc.array(input, { minLength: 1, maxLength: 3 })
  return fc
    .record({
      inputs,
      choices: fc.array(step, { minLength: 1, maxLength: maxSteps, size: 'max' }),
      seed: fc.nat(1000),
    })
    .map(({ inputs: given, choices, seed }) => {
      // The first input is a float, so that there is something to differentiate.
      const avals = given.map(({ shape, whole }, i) => avalOf(shape, whole && i > 0 ? 'int32' : dtype))
      return new Random(
        buildProgram(
          dtype,
          avals,
          choices.filter((c) => c !== null),
          names,
        ),
        seed,
      )
    })
}
