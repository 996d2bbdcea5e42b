/**
 * Contraction kernels: tiles of both operands in workgroup memory, a block of the product in each thread's
 * registers, the stores fused at the end. A long sum with few tiles is cut into parts that a second dispatch adds.
 */

import { topological, varies, type Expr } from '../expr.js'
import type { ContractionKernel, ReduceKernel } from '../kernel.js'
import { strideAlong } from '../position.js'
import { wgslType } from './alu.js'
import { Body, type Supplier } from './body.js'
import type { Dispatch } from './dispatch.js'
import { literal } from './literal.js'
import { elementBody, elementDispatch } from './loop.js'
import { emitReduce } from './reduce.js'
import { Shader, type KernelContext, type Memory } from './shader.js'
import { scheduleTiles, threadsOf, type TileSchedule } from './tiles.js'

export function emitContraction(context: KernelContext, kernel: ContractionKernel): Dispatch[] {
  if (kernel.batch * kernel.m * kernel.n === 0) return []
  const schedule = scheduleTiles(kernel)
  if (schedule === null) return emitReduce(context, asReduction(kernel))
  if (schedule.parts === 1) return [product(context, kernel, schedule, null)]
  const elements = kernel.batch * kernel.m * kernel.n
  const partial = context.scratch(4 * elements * schedule.parts)
  return [
    product({ ...context, label: `${context.label} parts` }, kernel, schedule, partial),
    ...addParts({ ...context, label: `${context.label} combine` }, kernel, schedule.parts, partial),
  ]
}

/** The same sums as a reduce kernel over [batch, m, n, k]: its axes have the numbers of a contraction's. */
function asReduction(kernel: ContractionKernel): ReduceKernel {
  const { lhs, rhs, lane } = kernel
  const value: Expr = { kind: 'alu', id: Math.max(lhs.id, rhs.id) + 1, lane, name: 'mul', args: [lhs, rhs] }
  return {
    kind: 'reduce',
    shape: [kernel.batch, kernel.m, kernel.n, kernel.k],
    reduced: [3],
    stages: [[{ index: 0, combiner: 'sum', value, lane }]],
    rowStores: kernel.stores,
    elementStores: [],
  }
}

const given = (names: Readonly<Record<number, string>>): Map<number, Supplier> =>
  new Map(Object.entries(names).map(([axis, name]) => [Number(axis), () => name]))

interface Operand {
  readonly name: 'lhs' | 'rhs'
  readonly expr: Expr
  /** Axis of the kernel (1 for lhs, 2 for rhs) and its size. */
  readonly axis: 1 | 2
  readonly size: number
  readonly tile: number
}

/** `fn lhsAt(b, m, k)`: an element of an operand, 0 outside of it. */
function defineOperand(
  shader: Shader,
  kernel: ContractionKernel,
  { name, expr, axis, size, tile }: Operand,
  depth: number,
): void {
  const type = wgslType(kernel.lane)
  shader.define(`${name}At`, () => {
    const body = new Body(shader, { axes: given({ 0: 'b', [axis]: 'x', 3: 'k' }) })
    body.prepare([expr])
    const checks = [
      ...(size % tile === 0 ? [] : [`x >= ${size}`]),
      ...(kernel.k % depth === 0 ? [] : [`k >= ${kernel.k}`]),
    ]
    if (checks.length > 0) body.line(`if (${checks.join(' || ')}) { return ${literal(0, kernel.lane)}; }`)
    body.line(`return ${body.value(expr)};`)
    return [
      `fn ${name}At(b: i32, x: i32, k: i32) -> ${type} {`,
      ...body.lines.map((line) => `  ${line}`),
      '}',
    ].join('\n')
  })
}

/** Whether neighbouring elements in memory lie along the summed axis. */
function contiguousInDepth(expr: Expr): boolean {
  return topological([expr]).some((e) => e.kind === 'load' && strideAlong<Expr>(e.position, 3, varies) === 1)
}

/** The statements that fill an operand's tile; `tile[k][x / 4]` holds four neighbours along its own axis. */
function fillTile(
  shader: Shader,
  kernel: ContractionKernel,
  operand: Operand,
  s: TileSchedule,
): { lines: string[]; pitch: number } {
  const quads = operand.tile / 4
  const alongDepth = contiguousInDepth(operand.expr)
  // Threads that walk along the depth would all hit one memory bank; an odd pitch spreads them.
  const pitch = alongDepth ? quads + 1 : quads
  const type = wgslType(kernel.lane)
  const { name, tile } = operand
  shader.workgroupArray(`${name}Tile`, `vec4<${type}>`, s.depth * pitch)
  defineOperand(shader, kernel, operand, s.depth)
  const [k, quad] = alongDepth ? [`s % ${s.depth}`, `s / ${s.depth}`] : [`s / ${quads}`, `s % ${quads}`]
  const at = (i: number): string => `${name}At(b, x${i === 0 ? '' : ` + ${i}`}, start + k)`
  const lines = [
    `for (var s = local; s < ${s.depth * quads}; s += ${threadsOf(s)}) {`,
    `  let k = ${k};`,
    `  let quad = ${quad};`,
    `  let x = ${name}Tile0 * ${tile} + quad * 4;`,
    `  ${name}Tile[k * ${pitch} + quad] = vec4<${type}>(${[0, 1, 2, 3].map(at).join(', ')});`,
    '}',
  ]
  return { lines, pitch }
}

const components = ['x', 'y', 'z', 'w']

function product(
  context: KernelContext,
  kernel: ContractionKernel,
  s: TileSchedule,
  partial: Memory | null,
): Dispatch {
  const shader = new Shader(context)
  const type = `vec4<${wgslType(kernel.lane)}>`
  const [across, down] = [s.tileColumns / s.threadColumns, s.tileRows / s.threadRows]
  const lhs = fillTile(
    shader,
    kernel,
    { name: 'lhs', expr: kernel.lhs, axis: 1, size: kernel.m, tile: s.tileRows },
    s,
  )
  const rhs = fillTile(
    shader,
    kernel,
    { name: 'rhs', expr: kernel.rhs, axis: 2, size: kernel.n, tile: s.tileColumns },
    s,
  )
  const columns = range(s.threadColumns / 4)
  const rows = range(s.threadRows)
  const depthOfPart = Math.ceil(kernel.k / s.parts / s.depth) * s.depth
  const end = s.parts === 1 ? String(kernel.k) : `min((part + 1) * ${depthOfPart}, ${kernel.k})`
  const lines = [
    ...groupIndices(kernel, s),
    `let column = local % ${across};`,
    `let row = local / ${across};`,
    ...rows.flatMap((r) => columns.map((c) => `var acc${r}_${c} = ${type}();`)),
    `for (var start = ${s.parts === 1 ? '0' : `part * ${depthOfPart}`}; start < ${end}; start += ${s.depth}) {`,
    ...[...lhs.lines, ...rhs.lines].map((line) => `  ${line}`),
    '  workgroupBarrier();',
    `  for (var k = 0; k < ${s.depth}; k++) {`,
    ...range(s.threadRows / 4).map(
      (q) => `    let l${q} = lhsTile[k * ${lhs.pitch} + row${q === 0 ? '' : ` + ${q * down}`}];`,
    ),
    ...columns.map(
      (c) => `    let r${c} = rhsTile[k * ${rhs.pitch} + column${c === 0 ? '' : ` + ${c * across}`}];`,
    ),
    ...rows.flatMap((r) =>
      columns.map((c) => `    acc${r}_${c} += l${Math.floor(r / 4)}.${components[r % 4]} * r${c};`),
    ),
    '  }',
    '  workgroupBarrier();',
    '}',
    ...finishAll(kernel, s, across, down),
  ]
  defineFinish(shader, kernel, s, partial)
  const tiles = Math.ceil(kernel.m / s.tileRows) * Math.ceil(kernel.n / s.tileColumns)
  return shader.finish(lines, threadsOf(s), tiles * kernel.batch * s.parts)
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Which tile, batch and part this workgroup has. */
function groupIndices(kernel: ContractionKernel, s: TileSchedule): string[] {
  const across = Math.ceil(kernel.n / s.tileColumns)
  const down = Math.ceil(kernel.m / s.tileRows)
  const rest = `group / ${across * down}`
  return [
    `let rhsTile0 = group % ${across};`,
    `let lhsTile0 = group / ${across} % ${down};`,
    `let b = ${kernel.batch === 1 ? '0' : s.parts === 1 ? rest : `${rest} % ${kernel.batch}`};`,
    ...(s.parts === 1 ? [] : [`let part = group / ${across * down * kernel.batch};`]),
  ]
}

/**
 * Stores what a thread has. Rows and columns of a thread lie in quads, as far apart as there are threads: neighbours
 * read neighbouring quads. A loop, because `finish` may be long, and compilers write it out at every call.
 */
function finishAll(kernel: ContractionKernel, s: TileSchedule, across: number, down: number): string[] {
  const quads = s.threadColumns / 4
  const count = s.threadRows * quads
  const sums = range(s.threadRows).flatMap((r) => range(quads).map((c) => `acc${r}_${c}`))
  const part = s.parts === 1 ? '' : `part * ${kernel.batch} + `
  return [
    `var sums = array<vec4<${wgslType(kernel.lane)}>, ${count}>(${sums.join(', ')});`,
    `for (var i = 0; i < ${count}; i++) {`,
    `  let m = lhsTile0 * ${s.tileRows} + (row + i / ${4 * quads} * ${down}) * 4 + i / ${quads} % 4;`,
    `  let n = rhsTile0 * ${s.tileColumns} + (column + i % ${quads} * ${across}) * 4;`,
    '  let sum = sums[i];',
    `  for (var j = 0; j < 4; j++) { finish(${part}b, m, n + j, sum[j]); }`,
    '}',
  ]
}

/** `fn finish(b, m, n, sum)`: the stores of one element; or its part into scratch memory, where b counts parts too. */
function defineFinish(
  shader: Shader,
  kernel: ContractionKernel,
  s: TileSchedule,
  partial: Memory | null,
): void {
  const type = wgslType(kernel.lane)
  const checks = [
    ...(kernel.m % s.tileRows === 0 ? [] : [`m >= ${kernel.m}`]),
    ...(kernel.n % s.tileColumns === 0 ? [] : [`n >= ${kernel.n}`]),
  ]
  shader.define('finish', () => {
    const body = new Body(shader, { axes: given({ 0: 'b', 1: 'm', 2: 'n' }), results: given({ 0: 'sum' }) })
    if (checks.length > 0) body.line(`if (${checks.join(' || ')}) { return; }`)
    if (partial === null) {
      body.prepareStores(kernel.stores)
      body.stores(kernel.stores)
    } else body.line(shader.store(partial, kernel.lane, `(b * ${kernel.m} + m) * ${kernel.n} + n`, 'sum'))
    return [
      `fn finish(b: i32, m: i32, n: i32, sum: ${type}) {`,
      ...body.lines.map((line) => `  ${line}`),
      '}',
    ].join('\n')
  })
}

/** Adds the parts of every element and makes the stores. */
function addParts(
  context: KernelContext,
  kernel: ContractionKernel,
  parts: number,
  partial: Memory,
): Dispatch[] {
  const shader = new Shader(context)
  const shape = [kernel.batch, kernel.m, kernel.n]
  const body = elementBody(shader, shape, given({ 0: 'sum' }))
  body.line(`var sum = ${literal(0, kernel.lane)};`)
  const index = `part * ${kernel.batch * kernel.m * kernel.n} + i`
  body.line(
    `for (var part = 0; part < ${parts}; part++) { sum += ${shader.load(partial, kernel.lane, index)}; }`,
  )
  body.prepareStores(kernel.stores)
  body.stores(kernel.stores)
  return elementDispatch(shader, shape, body)
}
