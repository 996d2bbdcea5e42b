/**
 * Domains of kernels: a shape without its axes of size 1, and the coordinates of the full shape in it.
 */

import type { Shape } from '../core/shape.js'
import type { Expr, Position } from './expr.js'
import { axisPosition, constantPosition } from './position.js'

/** A domain without axes of size 1, and coordinates of the full shape in it. */
export interface Domain {
  readonly shape: Shape
  readonly coordinates: readonly Position[]
}

export function domainOf(full: Shape): Domain {
  const shape: number[] = []
  const coordinates = full.map((size) => {
    if (size === 1) return constantPosition<Expr>(0)
    shape.push(size)
    return axisPosition<Expr>(shape.length - 1, size)
  })
  return { shape, coordinates }
}
