/**
 * Programs as text: buffers, kernels as pseudo-code, and the memory plan. For --explain and snapshot tests.
 */

import { shortName } from '../core/dtype.js'
import { printExpr, type Expr, type Position } from './expr.js'
import { bufferBytes, type Kernel, type Place, type Program, type Store } from './kernel.js'
import { printPosition } from './position.js'

type Name = (buffer: number) => string

const position = (p: Position, name: Name): string => printPosition(p, (expr) => printExpr(expr, name))
const loops = (shape: readonly number[]): string =>
  shape.length === 0 ? 'once' : shape.map((n, axis) => `i${axis} < ${n}`).join(', ')

function printStore({ buffer, position: p, value }: Store, name: Name): string {
  return `${name(buffer)}[${position(p, name)}] = ${printExpr(value, name)}`
}

/** The lines of one kernel. */
export function printKernel(kernel: Kernel, name: Name): string[] {
  const expr = (e: Expr): string => printExpr(e, name)
  const stores = (list: readonly Store[], indent: string): string[] =>
    list.map((s) => `${indent}${printStore(s, name)}`)
  switch (kernel.kind) {
    case 'loop':
      return [`loop ${loops(kernel.shape)}`, ...stores(kernel.stores, '  ')]
    case 'reduce': {
      const stages = kernel.stages.flatMap((stage, i) => [
        `  stage ${i}`,
        ...stage.map((r) => `    r${r.index} = ${r.combiner}(${expr(r.value)})`),
      ])
      return [
        `reduce ${loops(kernel.shape)} over axes [${kernel.reduced.join(', ')}]`,
        ...stages,
        ...(kernel.rowStores.length === 0 ? [] : ['  each row', ...stores(kernel.rowStores, '    ')]),
        ...(kernel.elementStores.length === 0
          ? []
          : ['  each element', ...stores(kernel.elementStores, '    ')]),
      ]
    }
    case 'contraction':
      return [
        `contraction b=${kernel.batch} m=${kernel.m} n=${kernel.n} k=${kernel.k} (axes i0 i1 i2 i3)`,
        `  r0 = sum over i3 of ${expr(kernel.lhs)} * ${expr(kernel.rhs)}`,
        ...stores(kernel.stores, '  '),
      ]
    case 'scatter':
      return [
        `scatter ${loops(kernel.shape)}${kernel.guard === null ? '' : ` where ${expr(kernel.guard)}`}`,
        `  ${name(kernel.target)}[${position(kernel.position, name)}] ${kernel.combiner}= ${expr(kernel.value)}`,
      ]
    case 'cumulative':
      return [
        `cumulative ${kernel.combiner}${kernel.reverse ? ' reversed' : ''} [${kernel.outer}, ${kernel.length}, ${kernel.inner}] along 1: ${name(kernel.output)} = ${name(kernel.input)}`,
      ]
    case 'sort':
      return [
        `sort [${kernel.outer}, ${kernel.length}, ${kernel.inner}] along 1 by ${kernel.keys} of ${kernel.inputs.map(name).join(', ')} into ${kernel.outputs.map(name).join(', ')}`,
      ]
  }
}

const placeName = (place: Place): string => {
  switch (place.kind) {
    case 'input':
      return `in input ${place.input}`
    case 'output':
      return `output ${place.output}`
    case 'arena':
      return `arena +${place.offset} (slot ${place.slot})`
  }
}

/** `in0`, `out1`, `t7`: how kernels name buffers. */
export function bufferNames(program: Pick<Program, 'inputs' | 'outputs'>): Name {
  const inputs = new Map(program.inputs.map((buffer, i) => [buffer, `in${i}`]))
  const outputs = new Map(program.outputs.map((buffer, i) => [buffer, `out${i}`]))
  return (buffer) => inputs.get(buffer) ?? outputs.get(buffer) ?? `t${buffer}`
}

/** All kernels, numbered. */
export function printKernels(program: Pick<Program, 'inputs' | 'outputs' | 'kernels'>): string {
  const name = bufferNames(program)
  return program.kernels
    .map((kernel, i) =>
      printKernel(kernel, name)
        .map((line, j) => (j === 0 ? `${i}: ${line}` : `   ${line}`))
        .join('\n'),
    )
    .join('\n')
}

/** Where each buffer lies. */
export function printPlan(program: Program): string {
  const name = bufferNames(program)
  const { plan } = program
  const lines = program.buffers.map((spec) => {
    const place = plan.places[spec.id]
    return `${name(spec.id)}: ${shortName(spec.dtype)}[${spec.size}] ${bufferBytes(spec)} bytes, ${place === undefined ? '?' : placeName(place)}`
  })
  return [
    ...lines,
    `arena: ${plan.arenaBytes} bytes in ${plan.slotBytes.length} slots; lower bound by liveness ${plan.lowerBoundBytes} bytes`,
  ].join('\n')
}
