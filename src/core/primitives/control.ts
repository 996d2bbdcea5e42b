/**
 * Control flow: equations that run programs many times, or one of several. `J` is the type of a jaxpr, closed in
 * core/jaxpr.ts. All are pure: what a body needs from outside are leading operands (`consts`).
 */

import { avalOf, showAval, type Aval } from '../aval.js'
import { fail, invariant } from '../errors.js'
import type { JaxprLike } from './call.js'
import type { AbstractTable, Sig } from './signature.js'

export interface ScanParams<J> {
  /** (...consts, ...carries, ...one item of each xs) → (...carries, ...one item of each ys). */
  readonly jaxpr: J
  readonly length: number
  /** From the last item to the first. */
  readonly reverse: boolean
  /** Steps in one turn of the loop that runs: no matter for the meaning. At least 1. */
  readonly unroll: number
  readonly consts: number
  readonly carries: number
}

export interface WhileParams<J> {
  /** (...condConsts, ...carries) → one bool. */
  readonly cond: J
  /** (...bodyConsts, ...carries) → (...carries). */
  readonly body: J
  readonly condConsts: number
  readonly bodyConsts: number
}

export interface ControlSigs<J> {
  /** scan(...consts, ...init, ...xs) → (...last carries, ...stacked ys). */
  scan: Sig<'any', 'any', ScanParams<J>>
  /** while(...condConsts, ...bodyConsts, ...init) → (...carries). */
  while: Sig<'any', 'any', WhileParams<J>>
  /** switch(index, ...operands) → the outputs of branch `index`, an int32 that is clamped into range. */
  switch: Sig<'any', 'any', { readonly branches: readonly J[] }>
}

const avals = (jaxpr: JaxprLike): Aval[] => jaxpr.outputs.map((atom) => atom.aval)

/** Carries must keep their shape and dtype, or they could not be fed back. */
function checkCarries(operation: string, before: readonly Aval[], after: readonly Aval[]): void {
  before.forEach((aval, i) => {
    const next = after[i]
    if (next === aval) return
    const shown = next === undefined ? 'nothing' : showAval(next)
    fail('shape', {
      operation,
      shapes: [aval.shape, next?.shape ?? []],
      expected: `a body that returns value ${i} with the shape and dtype it was given (${showAval(aval)}, not ${shown})`,
      fix: 'Convert or reshape the initial value or the returned one.',
    })
  })
}

export const controlAbstract: AbstractTable<ControlSigs<JaxprLike>> = {
  scan: (inputs, { jaxpr, length, consts, carries }) => {
    const init = inputs.slice(consts, consts + carries)
    const outputs = avals(jaxpr)
    checkCarries('scan', init, outputs)
    for (const xs of inputs.slice(consts + carries)) {
      invariant(
        xs.shape[0] === length,
        `scan: an operand of length ${xs.shape[0] ?? 0} in a scan of length ${length}`,
      )
    }
    return [...init, ...outputs.slice(carries).map((aval) => avalOf([length, ...aval.shape], aval.dtype))]
  },
  while: (inputs, { cond, body, condConsts, bodyConsts }) => {
    const init = inputs.slice(condConsts + bodyConsts)
    checkCarries('whileLoop', init, avals(body))
    const [test] = avals(cond)
    if (test === undefined || test.dtype !== 'bool' || test.shape.length !== 0) {
      fail('dtype', {
        operation: 'whileLoop',
        dtypes: [test === undefined ? 'nothing' : showAval(test)],
        expected: 'a condition that gives one rank-0 bool',
      })
    }
    return init
  },
  switch: ([index], { branches }) => {
    if (index === undefined || index.dtype !== 'int32' || index.shape.length !== 0) {
      fail('dtype', {
        operation: 'switch',
        dtypes: [index === undefined ? 'nothing' : showAval(index)],
        expected: 'a rank-0 int32 index',
      })
    }
    const [first, ...rest] = branches.map(avals)
    if (first === undefined) {
      return fail('argument', {
        operation: 'switch',
        argument: 'branches',
        received: 'none',
        expected: 'at least one',
      })
    }
    for (const other of rest) checkCarries('switch', first, other)
    return first
  },
}
