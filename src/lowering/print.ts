/**
 * Programs as text: buffers, kernels as pseudo-code, and the memory plan. For --explain and snapshot tests.
 */

import { shortName } from '../core/dtype.js'
import { operandsOf, printExpr, topological, type Expr, type Position } from './expr.js'
import { bufferBytes, rootsOf, type Kernel, type Place, type Program, type Store } from './kernel.js'
import { printPosition } from './position.js'

type Name = (buffer: number) => string

const loops = (shape: readonly number[]): string =>
  shape.length === 0 ? 'once' : shape.map((n, axis) => `i${axis} < ${n}`).join(', ')

/** How a kernel shows its values. */
interface Shown {
  readonly expr: (e: Expr) => string
  readonly position: (p: Position) => string
  /** Lines that name what is used more than once: the text stays as small as the graph of expressions. */
  readonly definitions: readonly string[]
}

function showValues(kernel: Kernel, name: Name): Shown {
  const roots = rootsOf(kernel)
  const nodes = topological(roots)
  const uses = new Map<Expr, number>()
  for (const e of [...roots, ...nodes.flatMap(operandsOf)]) uses.set(e, (uses.get(e) ?? 0) + 1)
  const names = new Map<Expr, string>()
  const given = (e: Expr): string | undefined => names.get(e)
  const expr = (e: Expr): string => given(e) ?? printExpr(e, name, given)
  const computed = nodes.filter((e) => e.kind === 'alu' || e.kind === 'cast' || e.kind === 'bitcast')
  const definitions = computed.flatMap((e) => {
    if ((uses.get(e) ?? 0) < 2) return []
    const line = `  v${names.size} = ${printExpr(e, name, given)}`
    names.set(e, `v${names.size}`)
    return [line]
  })
  return { expr, position: (p) => printPosition(p, expr), definitions }
}

/** The lines of one kernel. */
export function printKernel(kernel: Kernel, name: Name): string[] {
  const { expr, position, definitions } = showValues(kernel, name)
  const [head = '', ...rest] = kernelLines(kernel, name, expr, position)
  return [head, ...definitions, ...rest]
}

function kernelLines(kernel: Kernel, name: Name, expr: Shown['expr'], position: Shown['position']): string[] {
  const inner = (kernels: readonly Kernel[]): string[] =>
    kernels.flatMap((k) => printKernel(k, name).map((line) => `  ${line}`))
  const stores = (list: readonly Store[], indent: string): string[] =>
    list.map((s) => `${indent}${name(s.buffer)}[${position(s.position)}] = ${expr(s.value)}`)
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
        `  ${name(kernel.target)}[${position(kernel.position)}] ${kernel.combiner}= ${expr(kernel.value)}`,
      ]
    case 'cumulative':
      return [
        `cumulative ${kernel.combiner}${kernel.reverse ? ' reversed' : ''} [${kernel.outer}, ${kernel.length}, ${kernel.inner}] along 1: ${name(kernel.output)} = ${name(kernel.input)}`,
      ]
    case 'repeat':
      return [`repeat ${kernel.times} times`, ...inner(kernel.body)]
    case 'while':
      return ['while', ...inner(kernel.test), `  ${name(kernel.predicate)}[0], do`, ...inner(kernel.body)]
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
