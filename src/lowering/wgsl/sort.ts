/**
 * Sort kernels: a stable merge sort of positions by keys. Blocks are sorted by a bitonic network in workgroup
 * memory, merged pairwise by rank (one dispatch for each doubling), and all operands gathered at the end.
 */

import type { Lane } from '../expr.js'
import type { SortKernel } from '../kernel.js'
import { storageLane } from './alu.js'
import { Body } from './body.js'
import type { Dispatch } from './dispatch.js'
import { elementBody, elementDispatch } from './loop.js'
import { powerOfTwo } from './rows.js'
import { bufferMemory, Shader, type KernelContext, type Memory } from './shader.js'

const longestBlock = 1024

export function emitSort(context: KernelContext, kernel: SortKernel): Dispatch[] {
  const lines = kernel.outer * kernel.inner
  if (lines * kernel.length === 0) return []
  const block = Math.min(
    longestBlock,
    Math.max(2, powerOfTwo(kernel.length)),
    2 ** Math.floor(Math.log2(context.limits.maxGroupBytes / (4 * (kernel.keys + 1)))),
  )
  const bytes = 4 * lines * kernel.length
  let [order, other] = [context.scratch(bytes), block < kernel.length ? context.scratch(bytes) : null]
  const dispatches = [sortBlocks({ ...context, label: `${context.label} blocks` }, kernel, block, order)]
  for (let width = block; width < kernel.length && other !== null; width *= 2) {
    dispatches.push(
      ...mergeBlocks({ ...context, label: `${context.label} merge ${width}` }, kernel, width, order, other),
    )
    ;[order, other] = [other, order]
  }
  return [...dispatches, ...gather({ ...context, label: `${context.label} gather` }, kernel, order)]
}

/** Index in memory of element `j` of `line`. */
const address = ({ inner, length }: SortKernel, line: string, j: string): string =>
  inner === 1
    ? `${line} * ${length} + ${j}`
    : `(${line} / ${inner} * ${length} + ${j}) * ${inner} + ${line} % ${inner}`

/** An element of a key operand as an unsigned number that orders as it does. */
function keyText(shader: Shader, kernel: SortKernel, key: number, line: string, j: string): string {
  const lane: Lane = kernel.lanes[key] ?? 'f32'
  const value = shader.load(
    bufferMemory(kernel.inputs[key] ?? 0),
    storageLane(lane),
    address(kernel, line, j),
  )
  return lane === 'f32' ? `keyFloat(${value})` : lane === 'i32' ? `keyInt(${value})` : value
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Sorts each block of each line; `order` then holds positions in the line. */
function sortBlocks(context: KernelContext, kernel: SortKernel, block: number, order: Memory): Dispatch {
  const shader = new Shader(context)
  const body = new Body(shader)
  const { length } = kernel
  const blocks = Math.ceil(length / block)
  const threads = Math.max(1, Math.min(context.limits.maxGroupSize, block / 2))
  const keys = range(kernel.keys)
  for (const key of keys) shader.workgroupArray(`key${key}`, 'u32', block)
  shader.workgroupArray('order', 'i32', block)
  body.line(blocks === 1 ? 'let line = group;' : `let line = group / ${blocks};`)
  body.line(blocks === 1 ? 'let first = 0;' : `let first = group % ${blocks} * ${block};`)
  body.block(`for (var e = local; e < ${block}; e += ${threads})`, { closed: true }, (inner) => {
    inner.line('let j = first + e;')
    inner.line('order[e] = j;')
    // What lies behind the end sorts behind everything: the largest keys, and the largest positions.
    for (const key of keys) inner.line(`key${key}[e] = 0xffffffffu;`)
    inner.line(`if (j < ${length}) {`)
    for (const key of keys) inner.line(`  key${key}[e] = ${keyText(shader, kernel, key, 'line', 'j')};`)
    inner.line('}')
  })
  shader.define('isAfter', () =>
    [
      'fn isAfter(a: i32, b: i32) -> bool {',
      ...keys.map((key) => `  if (key${key}[a] != key${key}[b]) { return key${key}[a] > key${key}[b]; }`),
      '  return order[a] > order[b];',
      '}',
    ].join('\n'),
  )
  for (const line of bitonic(block, threads, keys)) body.line(line)
  body.block(
    `for (var e = local; e < ${block} && first + e < ${length}; e += ${threads})`,
    { closed: true },
    (inner) => {
      inner.line(shader.store(order, 'i32', `line * ${length} + first + e`, 'order[e]'))
    },
  )
  return shader.finish(body.lines, threads, kernel.outer * kernel.inner * blocks)
}

function bitonic(block: number, threads: number, keys: readonly number[]): string[] {
  const swap = (name: string, type: string): string =>
    `        let ${name}Low: ${type} = ${name}[low]; ${name}[low] = ${name}[high]; ${name}[high] = ${name}Low;`
  return [
    'workgroupBarrier();',
    `for (var size = 2; size <= ${block}; size *= 2) {`,
    '  for (var step = size / 2; step > 0; step /= 2) {',
    `    for (var e = local; e < ${block / 2}; e += ${threads}) {`,
    '      let low = e / step * step * 2 + e % step;',
    '      let high = low + step;',
    '      if (isAfter(low, high) == ((low & size) == 0)) {',
    ...keys.map((key) => swap(`key${key}`, 'u32')),
    swap('order', 'i32'),
    '      }',
    '    }',
    '    workgroupBarrier();',
    '  }',
    '}',
  ]
}

/** Merges neighbouring sorted runs of `width`: an element's place is its own rank plus its rank in the other run. */
function mergeBlocks(
  context: KernelContext,
  kernel: SortKernel,
  width: number,
  from: Memory,
  to: Memory,
): Dispatch[] {
  const shader = new Shader(context)
  const { length } = kernel
  const shape = [kernel.outer * kernel.inner, length]
  const body = elementBody(shader, shape)
  shader.define('precedes', () =>
    [
      '// Whether the element at position a of the line comes before the one at b.',
      'fn precedes(line: i32, a: i32, b: i32) -> bool {',
      ...range(kernel.keys).flatMap((key) => [
        `  let a${key} = ${keyText(shader, kernel, key, 'line', 'a')};`,
        `  let b${key} = ${keyText(shader, kernel, key, 'line', 'b')};`,
        `  if (a${key} != b${key}) { return a${key} < b${key}; }`,
      ]),
      '  return a < b;',
      '}',
    ].join('\n'),
  )
  const load = (index: string): string => shader.load(from, 'i32', index)
  const text = [
    `let line = i / ${length};`,
    `let j = i % ${length};`,
    `let own = j / ${width};`,
    'let sibling = own ^ 1;',
    `var low = min(sibling * ${width}, ${length});`,
    `var high = min(low + ${width}, ${length});`,
    'let start = low;',
    `let element = ${load('i')};`,
    'while (low < high) {',
    '  let middle = (low + high) / 2;',
    `  if (precedes(line, ${load(`line * ${length} + middle`)}, element)) { low = middle + 1; } else { high = middle; }`,
    '}',
    shader.store(
      to,
      'i32',
      `line * ${length} + min(own, sibling) * ${width} + j - own * ${width} + low - start`,
      'element',
    ),
  ]
  text.forEach((line) => body.line(line))
  return elementDispatch(shader, shape, body)
}

/** All operands in the order found. Each pass binds as many as the device allows. */
function gather(context: KernelContext, kernel: SortKernel, order: Memory): Dispatch[] {
  const atOnce = Math.max(1, Math.floor((context.limits.maxBindings - 1) / 2))
  const passes = Math.ceil(kernel.inputs.length / atOnce)
  return range(passes).flatMap((pass) => {
    const shader = new Shader(context)
    const shape = [kernel.outer * kernel.inner, kernel.length]
    const body = elementBody(shader, shape)
    body.line(`let line = i / ${kernel.length};`)
    body.line(`let source = ${address(kernel, 'line', shader.load(order, 'i32', 'i'))};`)
    body.line(`let place = ${address(kernel, 'line', `(i % ${kernel.length})`)};`)
    for (const operand of range(kernel.inputs.length).slice(pass * atOnce, (pass + 1) * atOnce)) {
      const [input, output] = [kernel.inputs[operand] ?? 0, kernel.outputs[operand] ?? 0]
      const lane = storageLane(kernel.lanes[operand] ?? 'f32')
      body.line(
        shader.store(bufferMemory(output), lane, 'place', shader.load(bufferMemory(input), lane, 'source')),
      )
    }
    return elementDispatch(shader, shape, body)
  })
}
