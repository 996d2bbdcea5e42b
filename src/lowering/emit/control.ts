/**
 * Loops: the body becomes kernels of its own that run again and again inside one program. Carries live in the
 * buffers of the results; a body writes the next ones beside them, and they move over at its end (or are written
 * in place, where the memory plan finds that nobody looks). Items are found by a counter in memory.
 */

import { invariant } from '../../core/errors.js'
import { makeVar, type Atom, type Equation, type Jaxpr, type Var } from '../../core/jaxpr.js'
import { loopCluster } from '../draft.js'
import { laneOf, type Expr, type Position } from '../expr.js'
import type { Kernel, LoopKernel } from '../kernel.js'
import { instantiate } from '../passes/instantiate.js'
import { constantPosition, identityPosition, scalePosition, valuePosition } from '../position.js'
import type { RegionContext } from './context.js'

/** Moves the next carries to where the body reads the current ones. */
function rotations(
  context: RegionContext,
  carries: readonly Var[],
  from: readonly number[],
  to: readonly number[],
): LoopKernel[] {
  return carries.flatMap((v, i): LoopKernel[] => {
    const { size, dtype } = v.aval
    if (size === 0) return []
    const shape = size === 1 ? [] : [size]
    const position = identityPosition<Expr>(shape)
    const value = context.b.load(from[i] ?? 0, laneOf(dtype), position)
    return [{ kind: 'loop', shape, stores: [{ buffer: to[i] ?? 0, position, value }] }]
  })
}

const nextBuffers = (context: RegionContext, carries: readonly Var[]): number[] =>
  carries.map((v) => context.addBuffer('temporary', v.aval.dtype, v.aval.size))

interface Counter {
  /** The item that the running iteration works on. */
  readonly item: Position
  /** Goes on to the next item. */
  readonly step: LoopKernel
}

/** Adds the kernel that starts the counter of a scan. */
function counter(context: RegionContext, length: number, reverse: boolean): Counter {
  const { b } = context
  const buffer = context.addBuffer('temporary', 'int32', 1)
  const position = constantPosition<Expr>(0)
  const value = b.load(buffer, 'i32', position)
  context.drafts.push(
    loopCluster([], [{ buffer, position, value: b.constant(reverse ? length - 1 : 0, 'i32') }]),
  )
  const next = b.alu('add', value, b.constant(reverse ? -1 : 1, 'i32'))
  return {
    item: valuePosition(value, 0, length - 1),
    step: { kind: 'loop', shape: [], stores: [{ buffer, position, value: next }] },
  }
}

/** The inner program with its constants in place and fresh variables for the rest. */
function opened(jaxpr: Jaxpr, constants: readonly Atom[]): Jaxpr {
  const inputs = jaxpr.inputs.slice(constants.length).map((v) => makeVar(v.aval))
  return { inputs, ...instantiate(jaxpr, [...constants, ...inputs]) }
}

/** Puts the initial values where the carries live. */
function start(
  context: RegionContext,
  carries: readonly Var[],
  init: readonly Atom[],
  buffers: readonly number[],
): void {
  carries.forEach((v, i) => {
    const from = init[i]
    const buffer = buffers[i]
    invariant(from !== undefined && buffer !== undefined, 'lowering: a carry without an initial value')
    context.copyTo(buffer, from, (coordinates) => context.pull(from, coordinates))
    context.bind(v, buffer, null)
  })
}

export function emitScan(context: RegionContext, eqn: Equation<'scan'>, buffers: readonly number[]): void {
  const { jaxpr, length, reverse, consts, carries: count } = eqn.params
  const body = opened(jaxpr, eqn.inputs.slice(0, consts))
  const carries = body.inputs.slice(0, count)
  start(context, carries, eqn.inputs.slice(consts, consts + count), buffers)
  if (length === 0) return
  const { item, step } = counter(context, length, reverse)
  body.inputs.slice(count).forEach((v, i) => {
    const source = eqn.inputs[consts + count + i]
    invariant(source !== undefined, 'lowering: a scan without one of its operands')
    context.bind(v, context.bufferOf(source), scalePosition(item, v.aval.size))
  })
  const firstLocal = context.bufferCount()
  const next = nextBuffers(context, carries)
  const targets = body.outputs.map((atom, i) =>
    i < count
      ? { buffer: next[i] ?? 0, base: null }
      : { buffer: buffers[i] ?? 0, base: scalePosition(item, atom.aval.size) },
  )
  const kernels: Kernel[] = [
    ...context.region(body, targets),
    ...rotations(context, carries, next, buffers),
    step,
  ]
  context.drafts.push({
    kind: 'repeat',
    times: length,
    body: kernels,
    firstLocal,
    endLocal: context.bufferCount(),
  })
}

export function emitWhile(context: RegionContext, eqn: Equation<'while'>, buffers: readonly number[]): void {
  const { cond, body, condConsts, bodyConsts } = eqn.params
  const test = opened(cond, eqn.inputs.slice(0, condConsts))
  const loop = opened(body, eqn.inputs.slice(condConsts, condConsts + bodyConsts))
  start(context, loop.inputs, eqn.inputs.slice(condConsts + bodyConsts), buffers)
  test.inputs.forEach((v, i) => context.bind(v, buffers[i] ?? 0, null))
  const predicate = context.addBuffer('temporary', 'bool', 1)
  const firstLocal = context.bufferCount()
  const next = nextBuffers(context, loop.inputs)
  const testKernels = context.region(test, [{ buffer: predicate, base: null }])
  const kernels = [
    ...context.region(
      loop,
      next.map((buffer) => ({ buffer, base: null })),
    ),
    ...rotations(context, loop.inputs, next, buffers),
  ]
  context.drafts.push({
    kind: 'while',
    test: testKernels,
    predicate,
    body: kernels,
    firstLocal,
    endLocal: context.bufferCount(),
  })
}
