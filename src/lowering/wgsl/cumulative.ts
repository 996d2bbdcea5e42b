/**
 * Cumulative kernels: each line is scanned by several threads (scanRows.ts).
 * A few very long lines are cut into parts: scan each, scan the parts' totals, then add those to the elements.
 */

import type { CumulativeKernel } from '../kernel.js'
import { Body } from './body.js'
import { combineText, identityText, workLane } from './combine.js'
import type { Dispatch } from './dispatch.js'
import { elementBody, elementDispatch } from './loop.js'
import { groupSizeOf, rowIndices, scheduleRows, type RowSchedule } from './rows.js'
import { longestRun, scanRows } from './scanRows.js'
import { bufferMemory, Shader, type KernelContext, type Memory } from './shader.js'

/** Lines of `length` elements; element j of a line lies at (line / inner · length + j) · inner + line % inner. */
interface Lines {
  readonly count: number
  readonly length: number
  readonly inner: number
}

const partLength = 4096
/** Threads of a workgroup: in larger ones more wait at each barrier, and there are more barriers. */
const widestGroup = 64

export function emitCumulative(context: KernelContext, kernel: CumulativeKernel): Dispatch[] {
  const lines: Lines = { count: kernel.outer * kernel.inner, length: kernel.length, inner: kernel.inner }
  if (lines.count * lines.length === 0) return []
  const [input, output] = [bufferMemory(kernel.input), bufferMemory(kernel.output)]
  const parts = lines.count < 64 ? Math.ceil(lines.length / partLength) : 1
  if (parts < 4) return [scan(context, kernel, lines, input, output, 1, null)]
  const totals = context.scratch(4 * lines.count * parts)
  const before = context.scratch(4 * lines.count * parts)
  const named = (part: string): KernelContext => ({ ...context, label: `${context.label} ${part}` })
  return [
    scan(named('parts'), kernel, lines, input, output, parts, totals),
    scan(
      named('totals'),
      { ...kernel, reverse: false },
      { count: lines.count, length: parts, inner: 1 },
      totals,
      before,
      1,
      null,
    ),
    ...addTotals(named('combine'), kernel, lines, before, output, parts),
  ]
}

/** Index in memory of element `j` of `line`. */
const address = ({ inner, length }: Lines, line: string, j: string): string =>
  inner === 1
    ? `${line} * ${length} + ${j}`
    : `(${line} / ${inner} * ${length} + ${j}) * ${inner} + ${line} % ${inner}`

const directed = (reverse: boolean, length: number, j: string): string =>
  reverse ? `${length - 1} - ${j}` : j

/** The scan of each part of each line; a part's total goes to `totals`, in the order of the scan. */
function scan(
  context: KernelContext,
  kernel: CumulativeKernel,
  lines: Lines,
  input: Memory,
  output: Memory,
  parts: number,
  totals: Memory | null,
): Dispatch {
  const shader = new Shader(context)
  const body = new Body(shader)
  const length = Math.min(lines.length, parts === 1 ? lines.length : partLength)
  const groupSize = Math.min(widestGroup, context.limits.maxGroupSize)
  const s: RowSchedule = {
    ...scheduleRows(lines.count * parts, length, lines.inner > 1, groupSize, longestRun),
    chunks: 1,
  }
  const at = rowIndices(body, s)
  const line = parts === 1 ? at.row : body.name('line', `${at.row} / ${parts}`)
  const first = parts === 1 ? '0' : body.name('first', `${at.row} % ${parts} * ${partLength}`)
  const end =
    parts === 1 ? String(lines.length) : body.name('end', `min(${first} + ${partLength}, ${lines.length})`)
  const lane = workLane(kernel.lane)
  const index = (j: string): string => address(lines, line, `(${directed(kernel.reverse, lines.length, j)})`)
  scanRows(
    body,
    {
      schedule: s,
      at,
      lane,
      identity: identityText(kernel.combiner, kernel.lane),
      groupBytes: context.limits.maxGroupBytes,
      combine: (a, b) => combineText(kernel.combiner, kernel.lane, a, b),
      exists: (j) => (at.active === null ? `${j} < ${end}` : `${at.active} && ${j} < ${end}`),
      load: (j) => shader.load(input, lane, index(j)),
      store: (j, value) => shader.store(output, lane, index(j), value),
    },
    first,
  )
  if (totals !== null)
    body.line(
      `if (${[`${at.thread} == 0`, ...(at.active === null ? [] : [at.active])].join(' && ')}) { ${shader.store(totals, lane, at.row, 'total')} }`,
    )
  return shader.finish(body.lines, groupSizeOf(s), Math.ceil(s.rows / s.rowsPerGroup))
}

/** Combines every element with the totals of the parts before its own. */
function addTotals(
  context: KernelContext,
  kernel: CumulativeKernel,
  lines: Lines,
  before: Memory,
  output: Memory,
  parts: number,
): Dispatch[] {
  const shader = new Shader(context)
  const shape = [lines.count * lines.length]
  const body: Body = elementBody(shader, shape)
  const lane = workLane(kernel.lane)
  body.line(`let line = i / ${lines.length};`)
  body.line(`let j = i % ${lines.length};`)
  body.line(`let part = j / ${partLength};`)
  body.block('if (part > 0)', { closed: true }, (inner) => {
    inner.line(`let index = ${address(lines, 'line', `(${directed(kernel.reverse, lines.length, 'j')})`)};`)
    const total = shader.load(before, lane, `line * ${parts} + part - 1`)
    inner.line(
      shader.store(
        output,
        lane,
        'index',
        combineText(kernel.combiner, kernel.lane, total, shader.load(output, lane, 'index')),
      ),
    )
  })
  return elementDispatch(shader, shape, body)
}
