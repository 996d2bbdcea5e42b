/**
 * The scan of rows by workgroups, block by block: each thread scans a run of neighbouring elements, the threads of a row
 * scan the totals of their runs, and each run is combined with what lies before it. So there are few barriers for many
 * elements. Where memory runs along the row, a block lies in workgroup memory meanwhile, so that neighbouring threads
 * load and store neighbouring elements; where it runs across rows they do anyway, and elements are loaded twice.
 */

import type { Body } from './body.js'
import { groupSizeOf, type RowIndices, type RowSchedule } from './rows.js'

/** Elements that a thread adds up one after another: longer runs would lose digits. */
export const longestRun = 16

/** What is scanned, as text of the shader. */
export interface Scanned {
  readonly schedule: RowSchedule
  readonly at: RowIndices
  readonly lane: string
  readonly identity: string
  readonly groupBytes: number
  /** Of two names or literals. */
  combine(a: string, b: string): string
  /** Whether the row has an element `j` (a name); rows and their ends are known by name. */
  exists(j: string): string
  load(j: string): string
  /** A statement. */
  store(j: string, value: string): string
}

/** Declares `total` and scans all of a row; `total` is then that of the row, in each of its threads. */
export function scanRows(body: Body, scanned: Scanned, first: string): void {
  const { schedule: s, identity } = scanned
  const isStaged = !s.rowsFast && s.threadsPerRow > 1
  const run = runOf(scanned, isStaged)
  const block = run * s.threadsPerRow
  body.line(`var total = ${identity};`)
  body.block(
    block < s.length ? `for (var start = 0; start < ${s.length}; start += ${block})` : '',
    { closed: true },
    (inner) => {
      inner.line(`let first = ${[first, ...(block < s.length ? ['start'] : [])].join(' + ')};`)
      if (isStaged) stagedBlock(inner, scanned, run)
      else direct(inner, scanned, run)
      if (block < s.length && s.threadsPerRow > 1) inner.line('workgroupBarrier();')
    },
  )
}

/** Elements of a thread's run: a power of two. */
function runOf({ schedule: s, groupBytes }: Scanned, isStaged: boolean): number {
  const needed = 2 ** Math.ceil(Math.log2(s.length / s.threadsPerRow))
  // A padded run, and the thread's two totals.
  const room = isStaged ? 2 ** Math.floor(Math.log2(groupBytes / (4 * groupSizeOf(s)) - 3)) : longestRun
  return Math.max(1, Math.min(needed, longestRun, room))
}

function stagedBlock(body: Body, scanned: Scanned, run: number): void {
  const { schedule: s, at, lane, identity, combine } = scanned
  const { threadsPerRow: threads } = s
  // With one element between runs, threads that walk along theirs are in different banks.
  const stride = run === 1 ? 1 : run + 1
  body.shader.workgroupArray('staged', lane, groupSizeOf(s) * stride)
  const rowBase = at.base === '0' ? '' : `${at.base} * ${stride} + `
  const each = (fill: (inner: Body) => void): void =>
    body.block(`for (var k = 0; k < ${run}; k++)`, { closed: true }, (inner) => {
      inner.line(`let e = k * ${threads} + ${at.thread};`)
      inner.line('let j = first + e;')
      inner.line(`let place = ${rowBase}e${run === 1 ? '' : ` + e / ${run}`};`)
      fill(inner)
    })
  each((inner) => {
    inner.line(`var x = ${identity};`)
    inner.line(`if (${scanned.exists('j')}) { x = ${scanned.load('j')}; }`)
    inner.line('staged[place] = x;')
  })
  body.line('workgroupBarrier();')
  body.line(`let begin = ${rowBase}${at.thread} * ${stride};`)
  body.line(`var x = ${identity};`)
  body.block(`for (var k = begin; k < begin + ${run}; k++)`, { closed: true }, (inner) => {
    inner.line(`x = ${combine('x', 'staged[k]')};`)
    inner.line('staged[k] = x;')
  })
  const last = scanThreads(body, scanned)
  body.line(`before = ${combine('total', 'before')};`)
  body.block(`for (var k = begin; k < begin + ${run}; k++)`, { closed: true }, (inner) =>
    inner.line(`staged[k] = ${combine('before', 'staged[k]')};`),
  )
  body.line(`total = ${combine('total', last)};`)
  body.line('workgroupBarrier();')
  each((inner) => inner.line(`if (${scanned.exists('j')}) { ${scanned.store('j', 'staged[place]')} }`))
}

/** Each thread loads its run twice: for its total, and to store it. */
function direct(body: Body, scanned: Scanned, run: number): void {
  const { schedule: s, at, identity, combine } = scanned
  const each = (statement: string): void =>
    body.block(`for (var k = 0; k < ${run}; k++)`, { closed: true }, (inner) => {
      inner.line(`let j = ${s.threadsPerRow === 1 ? 'first' : 'begin'} + k;`)
      inner.line(`if (${scanned.exists('j')}) { ${statement} }`)
    })
  if (s.threadsPerRow === 1) {
    each(`total = ${combine('total', scanned.load('j'))}; ${scanned.store('j', 'total')}`)
    return
  }
  body.line(`let begin = first + ${at.thread} * ${run};`)
  body.line(`var x = ${identity};`)
  each(`x = ${combine('x', scanned.load('j'))};`)
  const last = scanThreads(body, scanned)
  body.line(`var y = ${combine('total', 'before')};`)
  each(`y = ${combine('y', scanned.load('j'))}; ${scanned.store('j', 'y')}`)
  body.line(`total = ${combine('total', last)};`)
}

/**
 * Scans `x` over the threads of a row: declares `before`, the combination of the threads before this one, and gives the
 * text of that of all. Steps read one half of an array and write the other, so that there is one barrier for each.
 * Source: Hillis & Steele (1986).
 */
function scanThreads(body: Body, { schedule: s, at, lane, identity, combine }: Scanned): string {
  const size = groupSizeOf(s)
  body.shader.workgroupArray('carried', lane, 2 * size)
  const place = (half: number, back: number): string => `carried[local + ${half * size - back * at.stride}]`
  body.line('carried[local] = x;')
  body.line('workgroupBarrier();')
  let half = 0
  for (let step = 1; step < s.threadsPerRow; step *= 2) {
    body.line(`if (${at.thread} >= ${step}) { x = ${combine(place(half, step), 'x')}; }`)
    half = 1 - half
    body.line(`${place(half, 0)} = x;`)
    body.line('workgroupBarrier();')
  }
  body.line(`var before = ${identity};`)
  body.line(`if (${at.thread} > 0) { before = ${place(half, 1)}; }`)
  return `carried[${at.base} + ${half * size + (s.threadsPerRow - 1) * at.stride}]`
}
