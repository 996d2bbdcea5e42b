// What each check computes: a case and a check in → the value that is compared with the expectation.

import { evaluate, lookup, programOf } from './program.js'
import type { Case, Check, Json, Stage } from './format.js'

type AnyFunction = (...args: readonly unknown[]) => unknown

/** A function of the library that is known to exist (see `stageNames`). */
function library(name: string): AnyFunction {
  const found = lookup(name)
  if (found === undefined) throw new Error(`${name} is missing`)
  return found
}

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Gradients with respect to all of n arguments: bare if there is one. */
const gradientLike = (name: string, f: AnyFunction, n: number): AnyFunction =>
  library(name)(f, { argnums: n === 1 ? 0 : all(n) }) as AnyFunction

/** f of primals and tangents in one list. */
function pushForward(f: AnyFunction, args: readonly unknown[]): unknown {
  const half = args.length / 2
  const [primals, tangents] = library('jvp')(f, args.slice(0, half), args.slice(half)) as [unknown, unknown]
  return { primals, tangents }
}

function linearized(f: AnyFunction, args: readonly unknown[]): unknown {
  const half = args.length / 2
  const [primals, linear] = library('linearize')(f, args.slice(0, half)) as [unknown, AnyFunction]
  return { primals, tangents: linear(...args.slice(half)) }
}

function pulledBack(f: AnyFunction, primals: readonly unknown[], ct: unknown): unknown {
  const [, pullback] = library('vjp')(f, primals) as [unknown, AnyFunction]
  return pullback(ct)
}

/** One stage applied to a function of n arguments: the new function and its number of arguments. */
function applyStage(stage: Stage, f: AnyFunction, n: number): [AnyFunction, number] {
  if (typeof stage !== 'string') {
    const { inAxes, outAxes = 0 } = stage.vmap
    return [library('vmap')(f, inAxes, outAxes) as AnyFunction, n]
  }
  switch (stage) {
    case 'value':
      return [f, n]
    case 'jit':
    case 'checkpoint':
      return [library(stage)(f) as AnyFunction, n]
    case 'grad':
    case 'valueAndGrad':
      return [gradientLike(stage, f, n), n]
    case 'jacfwd':
    case 'jacrev':
    case 'hessian':
      return [library(stage)(f) as AnyFunction, n]
    case 'jvp':
      return [(...args) => pushForward(f, args), 2 * n]
    case 'linearize':
      return [(...args) => linearized(f, args), 2 * n]
    case 'vjp':
      return [(...args) => pulledBack(f, args.slice(0, n), args[n]), n + 1]
    default:
      throw new Error(`unknown transform ${stage}`)
  }
}

/** The transformations that a check uses, by their names in the library. */
export function stageNames({ transform }: Check): string[] {
  const stages = [transform].flat() as readonly Stage[]
  return stages
    .map((stage) => (typeof stage === 'string' ? stage : 'vmap'))
    .filter((name) => name !== 'value')
}

/** The value that a check is about. */
export function compute(testCase: Case, check: Check): unknown {
  const f = programOf(testCase)
  const inputs = evaluate(testCase.inputs) as unknown[]
  if (check.transform === 'vmap') {
    const batched = (check.inputs ?? []).map((input, i) => (input === null ? inputs[i] : evaluate(input)))
    return (library('vmap')(f, check.inAxes, check.outAxes ?? 0) as AnyFunction)(...batched)
  }
  const wrt = check.wrt ?? all(inputs.length)
  const ws = wrt.map((i) => inputs[i])
  const g: AnyFunction = (...ws_) =>
    f(...inputs.map((input, i) => (wrt.includes(i) ? ws_[wrt.indexOf(i)] : input)))
  const stages = [check.transform].flat() as readonly Stage[]
  const [transformed] = stages.reduceRight<[AnyFunction, number]>(
    ([h, n], stage) => applyStage(stage, h, n),
    [g, wrt.length],
  )
  return transformed(...argumentsOf(check, ws))
}

function argumentsOf(check: Check, ws: readonly unknown[]): readonly unknown[] {
  const given = (list: readonly Json[]): unknown[] => evaluate(list) as unknown[]
  if (check.args !== undefined) return given(check.args)
  if (check.tangents !== undefined) return [...ws, ...given(check.tangents)]
  if (check.ct !== undefined) return [...ws, evaluate(check.ct)]
  return ws
}
