/**
 * The combiners of reductions and scans in WGSL: identity, and the combination of two values.
 * argmax and argmin carry a value and its position; NaN counts as the extreme, the first of equals wins.
 */

import type { Lane } from '../expr.js'
import type { Combiner } from '../kernel.js'
import { wgslType } from './alu.js'
import { literal } from './literal.js'
import type { Shader } from './shader.js'

export const isArg = (combiner: Combiner): combiner is 'argmax' | 'argmin' =>
  combiner === 'argmax' || combiner === 'argmin'

/** A bool is reduced as a u32, so that it can lie in workgroup and scratch memory. */
export const workLane = (lane: Lane): Lane => (lane === 'bool' ? 'u32' : lane)

const smallest: Partial<Record<Lane, number>> = { f32: -Infinity, i32: -2147483648, u32: 0, bool: 0 }
const largest: Partial<Record<Lane, number>> = { f32: Infinity, i32: 2147483647, u32: 4294967295, bool: 1 }

/** The result over no elements, as a literal of the work lane. */
export function identityText(combiner: Combiner, lane: Lane): string {
  const work = workLane(lane)
  switch (combiner) {
    case 'sum':
    case 'or':
      return literal(0, work)
    case 'prod':
      return literal(1, work)
    case 'and':
      return literal(lane === 'bool' ? 1 : -1, work)
    case 'max':
    case 'argmax':
      return literal(smallest[lane] ?? 0, work)
    case 'min':
    case 'argmin':
      return literal(largest[lane] ?? 0, work)
  }
}

/** a combined with b, both of the work lane. */
export function combineText(
  combiner: Exclude<Combiner, 'argmax' | 'argmin'>,
  lane: Lane,
  a: string,
  b: string,
): string {
  switch (combiner) {
    case 'sum':
      return `${a} + ${b}`
    case 'prod':
      return `${a} * ${b}`
    case 'and':
      return `${a} & ${b}`
    case 'or':
      return `${a} | ${b}`
    case 'max':
      return lane === 'f32' ? `maxFloat(${a}, ${b})` : `max(${a}, ${b})`
    case 'min':
      return lane === 'f32' ? `minFloat(${a}, ${b})` : `min(${a}, ${b})`
  }
}

/** Position of argmax over nothing, and of elements not yet seen: behind every other. */
export const noPosition = '2147483647'

/** The function that says whether (a, i) comes before (b, j) in the order of argmax or argmin. */
export function betterFunction(shader: Shader, combiner: 'argmax' | 'argmin', lane: Lane): string {
  const work = workLane(lane)
  const type = wgslType(work)
  const name = `better_${combiner}_${type}`
  const ordered = combiner === 'argmax' ? '>' : '<'
  shader.define(name, () =>
    [
      `fn ${name}(a: ${type}, i: i32, b: ${type}, j: i32) -> bool {`,
      ...(work === 'f32'
        ? ['  if (isNan(a) != isNan(b)) { return isNan(a); }', '  if (isNan(a)) { return i < j; }']
        : []),
      `  return a ${ordered} b || (a == b && i < j);`,
      '}',
    ].join('\n'),
  )
  return name
}

/** The same for an `a` from behind b's position: equals do not count, and nothing branches. */
export function laterFunction(shader: Shader, combiner: 'argmax' | 'argmin', lane: Lane): string {
  const work = workLane(lane)
  const type = wgslType(work)
  const name = `later_${combiner}_${type}`
  const ordered = combiner === 'argmax' ? '>' : '<'
  const beats = `(a ${ordered} b)`
  const better = work === 'f32' ? `((${beats} | isNan(a)) & !isNan(b))` : beats
  shader.define(name, () =>
    [
      `fn ${name}(a: ${type}, b: ${type}, j: i32) -> bool {`,
      `  return ${better} | (j == ${noPosition});`,
      '}',
    ].join('\n'),
  )
  return name
}
