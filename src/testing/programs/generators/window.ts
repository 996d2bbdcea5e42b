/**
 * Windows and convolutions in random programs, with random geometry: strides, dilations, padding of either sign,
 * layouts and groups.
 */

import {
  dilatedSize,
  windowCount,
  type ConvParams,
  type WindowSigs,
} from '../../../core/primitives/window.js'
import { range, sizeOf } from '../../../core/shape.js'
import { product, type Pick, type ProgramBuilder } from '../builder.js'
import { smooth, type GeneratorTable } from './generator.js'

/** Arrays grow no further than this. */
const largest = 160

interface Window {
  readonly size: number
  readonly stride: number
  readonly dilation: number
}

/** A window that fits `n` elements at least once. */
function windowIn(pick: Pick, n: number): Window {
  const size = 1 + pick.next(Math.min(n, 3))
  const dilation = 1 + pick.next(2)
  return { size, stride: 1 + pick.next(2), dilation: dilatedSize(size, dilation) <= n ? dilation : 1 }
}

const listed = (
  windows: readonly Window[],
): { readonly sizes: number[]; readonly strides: number[]; readonly dilations: number[] } => ({
  sizes: windows.map((w) => w.size),
  strides: windows.map((w) => w.stride),
  dilations: windows.map((w) => w.dilation),
})

function windows(b: ProgramBuilder, pick: Pick): void {
  const x = b.any(pick, pick.kind(['float', 'int'] as const))
  const chosen = x.aval.shape.map((n) => windowIn(pick, n))
  const size = sizeOf(x.aval.shape) * sizeOf(chosen.map((w) => w.size))
  const kept =
    size <= largest && x.aval.shape.length <= 3
      ? chosen
      : chosen.map(() => ({ size: 1, stride: 1, dilation: 1 }))
  b.emit('windows', [x], listed(kept), x.low, x.high)
}

function overlapAdd(b: ProgramBuilder, pick: Pick): void {
  const shape = range(1 + pick.next(2)).map(() => 1 + pick.next(5))
  const chosen = shape.map((n) => windowIn(pick, n))
  const counts = shape.map((n, i) =>
    windowCount(n, chosen[i]?.size ?? 1, chosen[i]?.stride ?? 1, chosen[i]?.dilation ?? 1),
  )
  const ct = b.shaped(pick, 'float', [...counts, ...chosen.map((w) => w.size)])
  const terms = sizeOf(chosen.map((w) => w.size))
  b.emit(
    'overlapAdd',
    [ct],
    { ...listed(chosen), shape },
    terms * Math.min(ct.low, 0),
    terms * Math.max(ct.high, 0),
  )
}

/** Sizes in the places that a spec gives them. */
function placed(spec: readonly number[], sizes: readonly number[]): number[] {
  const shape = new Array<number>(spec.length).fill(1)
  spec.forEach((axis, i) => {
    shape[axis] = sizes[i] ?? 1
  })
  return shape
}

function conv(b: ProgramBuilder, pick: Pick): void {
  const spatial = pick.next(3)
  const axes = range(spatial + 2)
  const groups = 1 + pick.next(2)
  const byBatch = groups > 1 && pick.flag()
  const [batch, outputs, inputs] = [1 + pick.next(2), 1 + pick.next(2), 1 + pick.next(2)]
  const kernel = range(spatial).map(() => 1 + pick.next(3))
  const space = kernel.map((k) => k + pick.next(3))
  const p: ConvParams = {
    strides: kernel.map(() => 1 + pick.next(2)),
    padding: kernel.map(() => [pick.next(3) - 1, pick.next(3)] as const),
    lhsDilation: kernel.map(() => 1 + pick.next(2)),
    rhsDilation: kernel.map(() => 1 + pick.next(2)),
    lhsSpec: pick.shuffle(axes),
    rhsSpec: pick.shuffle(axes),
    outSpec: pick.shuffle(axes),
    featureGroups: byBatch ? 1 : groups,
    batchGroups: byBatch ? groups : 1,
  }
  const lhs = b.shaped(
    pick,
    'float',
    placed(p.lhsSpec, [batch * p.batchGroups, inputs * p.featureGroups, ...space]),
  )
  const rhs = b.shaped(pick, 'float', placed(p.rhsSpec, [outputs * groups, inputs, ...kernel]))
  // A dilated kernel may not fit: the pieces of padding that are missing are added at the end.
  const fitting = p.padding.map(([low, high], i): readonly [number, number] => {
    const room = dilatedSize(space[i] ?? 1, p.lhsDilation[i] ?? 1) + low + high
    return [low, high + Math.max(0, dilatedSize(kernel[i] ?? 1, p.rhsDilation[i] ?? 1) - room)]
  })
  const terms = inputs * sizeOf(kernel)
  const [low, high] = product(lhs, rhs)
  b.emit('conv', [lhs, rhs], { ...p, padding: fitting }, terms * Math.min(low, 0), terms * Math.max(high, 0))
}

export const window: GeneratorTable<WindowSigs> = {
  conv: smooth(conv),
  windows: smooth(windows),
  overlapAdd: smooth(overlapAdd),
}
