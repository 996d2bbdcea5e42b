/**
 * Loop kernels, and every other dispatch with one thread for each element of a domain.
 */

import { sizeOf, type Shape } from '../../core/shape.js'
import type { LoopKernel } from '../kernel.js'
import { identityPosition } from '../position.js'
import { Body, type Supplier } from './body.js'
import type { Dispatch } from './dispatch.js'
import { unravelAxes } from './rows.js'
import { Shader, type KernelContext } from './shader.js'

/** The body of the element with flat index `i` of `shape`. */
export function elementBody(
  shader: Shader,
  shape: Shape,
  results: ReadonlyMap<number, Supplier> = new Map(),
): Body {
  const axes = unravelAxes(
    shape,
    shape.map((_, axis) => axis),
    'i',
  )
  const body = new Body(shader, { axes, results })
  body.alias(identityPosition(shape), 'i')
  return body
}

/** The dispatch that runs an element body for every element; none where there are no elements. */
export function elementDispatch(shader: Shader, shape: Shape, body: Body): Dispatch[] {
  const size = sizeOf(shape)
  if (size === 0) return []
  const groupSize = Math.min(size < 4096 ? 64 : 256, shader.context.limits.maxGroupSize)
  const groups = Math.ceil(size / groupSize)
  const index = groups === 1 ? 'local' : `group * ${groupSize} + local`
  const guard = size % groupSize === 0 ? [] : [`if (i >= ${size}) { return; }`]
  return [shader.finish([`let i = ${index};`, ...guard, ...body.lines], groupSize, groups)]
}

export function emitLoop(context: KernelContext, kernel: LoopKernel): Dispatch[] {
  const shader = new Shader(context)
  const body = elementBody(shader, kernel.shape)
  body.prepareStores(kernel.stores)
  body.stores(kernel.stores)
  return elementDispatch(shader, kernel.shape, body)
}
