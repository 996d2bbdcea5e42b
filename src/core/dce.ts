/**
 * Dead code: equations, and results of inner programs, that no output needs are dropped. Every primitive is
 * pure, so an equation lives only through its outputs.
 */

import { makeEquation, type Atom, type Equation, type Jaxpr, type Var } from './jaxpr.js'

/** The jaxpr with only the outputs that `keep` marks (all, if absent) and the equations they need; its inputs stay. */
export function dceJaxpr(jaxpr: Jaxpr, keep?: readonly boolean[]): Jaxpr {
  const outputs = keep === undefined ? jaxpr.outputs : jaxpr.outputs.filter((_, i) => keep[i])
  const live = new Set<Var>()
  const use = (atom: Atom): void => {
    if (atom.kind === 'var') live.add(atom)
  }
  outputs.forEach(use)
  const kept: Equation[] = []
  for (let i = jaxpr.equations.length - 1; i >= 0; i--) {
    const eqn = jaxpr.equations[i]
    if (eqn === undefined || !eqn.outputs.some((v) => live.has(v))) continue
    const needed = prune(eqn, live)
    needed.inputs.forEach(use)
    kept.push(needed)
  }
  return { inputs: jaxpr.inputs, equations: kept.reverse(), outputs }
}

/** Which inputs a jaxpr reads. */
export function usedInputs(jaxpr: Jaxpr): readonly boolean[] {
  const used = new Set<Atom>(jaxpr.outputs)
  for (const eqn of jaxpr.equations) for (const atom of eqn.inputs) used.add(atom)
  return jaxpr.inputs.map((v) => used.has(v))
}

type Mask = readonly boolean[]
const marked = <T>(list: readonly T[], mask: Mask): T[] => list.filter((_, i) => mask[i])
const count = (mask: Mask): number => mask.filter(Boolean).length
const isSame = (a: Mask, b: Mask): boolean => a.every((is, i) => is === b[i])

/** The equation without the results that nobody reads and the operands that only they needed. */
function prune(eqn: Equation, live: ReadonlySet<Var>): Equation {
  const wanted = eqn.outputs.map((v) => live.has(v))
  switch (eqn.primitive) {
    case 'jit':
    case 'checkpoint':
      return pruneCall(eqn, wanted)
    case 'scan':
      return pruneScan(eqn, wanted)
    case 'while':
      return pruneWhile(eqn, wanted)
    case 'switch':
      return pruneSwitch(eqn, wanted)
    default:
      return eqn
  }
}

function pruneCall(eqn: Equation<'jit' | 'checkpoint'>, wanted: Mask): Equation {
  const { jaxpr, keepInputs, changed } = pruned(eqn.params.jaxpr, wanted)
  if (!changed) return eqn
  const [inputs, outputs] = [marked(eqn.inputs, keepInputs), marked(eqn.outputs, wanted)]
  if (eqn.primitive === 'checkpoint')
    return makeEquation('checkpoint', inputs, outputs, { ...eqn.params, jaxpr })
  const donated = marked(eqn.params.donated, keepInputs)
  return makeEquation('jit', inputs, outputs, { ...eqn.params, jaxpr, donated })
}

/**
 * The body of a loop with the carries that live: those whose last value is wanted, and those that the next value of
 * one that lives, or another wanted output, is made from.
 */
function prunedLoop(body: Jaxpr, wanted: Mask, consts: number, carries: number): Pruned & { keep: Mask } {
  let keep = wanted
  for (;;) {
    const kept = keep.slice(0, carries)
    const made = pruned(body, keep, [...Array<boolean>(consts).fill(false), ...kept])
    const fed = made.keepInputs.slice(consts, consts + carries)
    if (isSame(fed, kept)) return { ...made, keep }
    keep = [...fed, ...keep.slice(carries)]
  }
}

function pruneScan(eqn: Equation<'scan'>, wanted: Mask): Equation {
  const { consts, carries } = eqn.params
  const { jaxpr, keepInputs, changed, keep } = prunedLoop(eqn.params.jaxpr, wanted, consts, carries)
  if (!changed) return eqn
  return makeEquation('scan', marked(eqn.inputs, keepInputs), marked(eqn.outputs, keep), {
    ...eqn.params,
    jaxpr,
    consts: count(keepInputs.slice(0, consts)),
    carries: count(keep.slice(0, carries)),
  })
}

function pruneWhile(eqn: Equation<'while'>, wanted: Mask): Equation {
  const { condConsts, bodyConsts } = eqn.params
  const carries = wanted.length
  const tested = usedInputs(dceJaxpr(eqn.params.cond)).slice(condConsts)
  const needed = wanted.map((is, i) => is || tested[i] === true)
  const body = prunedLoop(eqn.params.body, needed, bodyConsts, carries)
  const noConsts = Array<boolean>(condConsts).fill(false)
  const cond = pruned(eqn.params.cond, [true], [...noConsts, ...body.keep])
  if (!body.changed && !cond.changed) return eqn
  const inputs = [...cond.keepInputs.slice(0, condConsts), ...body.keepInputs]
  return makeEquation('while', marked(eqn.inputs, inputs), marked(eqn.outputs, body.keep), {
    cond: cond.jaxpr,
    body: body.jaxpr,
    condConsts: count(cond.keepInputs.slice(0, condConsts)),
    bodyConsts: count(body.keepInputs.slice(0, bodyConsts)),
  })
}

function pruneSwitch(eqn: Equation<'switch'>, wanted: Mask): Equation {
  const { branches } = eqn.params
  const used = branches.map((branch) => pruned(branch, wanted).keepInputs)
  const anywhere = eqn.inputs.slice(1).map((_, i) => used.some((mask) => mask[i]))
  const made = branches.map((branch) => pruned(branch, wanted, anywhere))
  if (!made.some(({ changed }) => changed)) return eqn
  const inputs = marked(eqn.inputs, [true, ...anywhere])
  return makeEquation('switch', inputs, marked(eqn.outputs, wanted), {
    branches: made.map(({ jaxpr }) => jaxpr),
  })
}

interface Pruned {
  readonly jaxpr: Jaxpr
  readonly keepInputs: Mask
  readonly changed: boolean
}

// Kept by identity, so that an inner program which is pruned the same way twice stays one program.
const prunedPrograms = new WeakMap<Jaxpr, Map<string, Pruned>>()

/** An inner program with the outputs to keep, and the inputs that they or `forced` need. */
function pruned(jaxpr: Jaxpr, keepOutputs: Mask, forced: Mask = []): Pruned {
  const key = `${keepOutputs.map(Number).join('')}|${forced.map(Number).join('')}`
  const byKey = prunedPrograms.get(jaxpr) ?? new Map<string, Pruned>()
  prunedPrograms.set(jaxpr, byKey)
  const known = byKey.get(key)
  if (known !== undefined) return known
  const body = dceJaxpr(jaxpr, keepOutputs)
  const keepInputs = usedInputs(body).map((is, i) => is || forced[i] === true)
  const changed =
    body.equations.length !== jaxpr.equations.length ||
    body.equations.some((eqn, i) => eqn !== jaxpr.equations[i]) ||
    keepInputs.includes(false) ||
    keepOutputs.includes(false)
  const made = { jaxpr: { ...body, inputs: marked(body.inputs, keepInputs) }, keepInputs, changed }
  byKey.set(key, made)
  return made
}
