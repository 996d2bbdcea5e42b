/**
 * Scatter kernels: one thread for each update, combined with the target by atomics. Floats, which have no
 * atomic arithmetic, are combined by compare and exchange.
 */

import { invariant } from '../../core/errors.js'
import type { Lane } from '../expr.js'
import type { ScatterCombiner, ScatterKernel } from '../kernel.js'
import { storageLane } from './alu.js'
import type { Body } from './body.js'
import type { Dispatch } from './dispatch.js'
import { elementBody, elementDispatch } from './loop.js'
import { bufferMemory, Shader, type KernelContext } from './shader.js'

/** Operations that WGSL has for atomic integers. A sum of truth values is their `or`, a product their `and`. */
const atomics: Readonly<Record<'integer' | 'bool', Partial<Record<ScatterCombiner, string>>>> = {
  integer: { set: 'atomicStore', add: 'atomicAdd', min: 'atomicMin', max: 'atomicMax' },
  bool: { set: 'atomicStore', add: 'atomicMax', max: 'atomicMax', mul: 'atomicMin', min: 'atomicMin' },
}

function combined(combiner: ScatterCombiner, lane: Lane, old: string, value: string): string {
  switch (combiner) {
    case 'set':
      return value
    case 'add':
      return `${old} + ${value}`
    case 'mul':
      return `${old} * ${value}`
    case 'min':
    case 'max':
      return lane === 'f32' ? `${combiner}Float(${old}, ${value})` : `${combiner}(${old}, ${value})`
  }
}

export function emitScatter(context: KernelContext, kernel: ScatterKernel): Dispatch[] {
  const shader = new Shader(context)
  const spec = context.program.buffers[kernel.target]
  invariant(spec !== undefined, 'a scatter has no target')
  const stored = storageLane(spec.lane)
  const words = stored === 'i32' ? 'i32' : 'u32'
  const target = shader.atomic(bufferMemory(kernel.target), words)
  const body = elementBody(shader, kernel.shape)
  body.prepare([...(kernel.guard === null ? [] : [kernel.guard]), kernel.value], [kernel.position])
  const update = (inner: Body): void => {
    const value = inner.name('value', inner.value(kernel.value))
    const index = inner.name('at', inner.position(kernel.position))
    updateTarget(inner, kernel.combiner, spec.lane, `&${target}[${index}]`, value)
  }
  if (kernel.guard === null) update(body)
  else body.block(`if (${body.value(kernel.guard)})`, { closed: true }, update)
  return elementDispatch(shader, kernel.shape, body)
}

function updateTarget(
  body: Body,
  combiner: ScatterCombiner,
  lane: Lane,
  pointer: string,
  value: string,
): void {
  const builtIn = lane === 'f32' ? undefined : atomics[lane === 'bool' ? 'bool' : 'integer'][combiner]
  if (builtIn !== undefined) {
    body.line(`${builtIn}(${pointer}, ${lane === 'bool' ? `u32(${value})` : value});`)
    return
  }
  if (combiner === 'set') {
    body.line(`atomicStore(${pointer}, bitcast<u32>(${value}));`)
    return
  }
  const before = lane === 'f32' ? 'bitcast<f32>(old)' : 'old'
  const sum = combined(combiner, lane, before, value)
  const after = lane === 'f32' ? `bitcast<u32>(${sum})` : sum
  body.line(`var old = atomicLoad(${pointer});`)
  body.line('loop {')
  body.line(`  let next = ${after};`)
  body.line('  if (next == old) { break; }')
  body.line(`  let attempt = atomicCompareExchangeWeak(${pointer}, old, next);`)
  body.line('  if (attempt.exchanged) { break; }')
  body.line('  old = attempt.old_value;')
  body.line('}')
}
