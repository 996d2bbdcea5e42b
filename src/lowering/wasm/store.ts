/**
 * Stores as code: whole vectors where the elements are adjacent, single lanes elsewhere and at the end of an axis.
 */

import { invariant } from '../../core/errors.js'
import type { Expr, Lane } from '../expr.js'
import type { Store } from '../kernel.js'
import { laneStep, storeAddress } from './address.js'
import { i32, laneMemory, op, store, type Instruction } from './assembler/instruction.js'
import { dependencies, positionDependencies } from './frame.js'
import { scalarType } from './scalarAlu.js'
import type { Scope } from './scope.js'

/** The form that memory holds: truth values are 0 or 1. */
const toMemory = (lane: Lane, vector: Instruction): Instruction =>
  lane === 'bool' ? op('i32x4.shr_u', vector, i32(31)) : vector

interface Prepared {
  readonly store: Store
  readonly vector: boolean
  readonly values: readonly Instruction[]
}

function prepare(scope: Scope, s: Store, keep: boolean): Prepared {
  const lane = s.value.lane
  const vector = scope.isVector(positionDependencies(s.position)) || scope.isVector(dependencies(s.value))
  const values = vector ? scope.vectors(s.value).map((v) => toMemory(lane, v)) : [scope.scalar(s.value)]
  const type = vector ? 'v128' : scalarType(lane)
  return { store: s, vector, values: keep ? values.map((v) => scope.temp(type, v)) : values }
}

/** Stores the first `count` lanes of a part whose elements are adjacent. */
function storeAdjacent(scope: Scope, s: Store, value: Instruction, at: number, count: number): void {
  const { index, offset } = storeAddress(scope, s.buffer, s.value.lane, s.position, at)
  if (count === 4) return scope.push(store('v128.store', index, value, offset))
  const address = scope.temp('i32', index)
  const held = scope.temp('v128', value)
  if (count >= 2) scope.push(laneMemory('v128.store64_lane', address, held, 0, offset))
  if (count % 2 === 1)
    scope.push(laneMemory('v128.store32_lane', address, held, count - 1, offset + 4 * (count - 1)))
}

function storeVector(scope: Scope, { store: s, values }: Prepared): void {
  const axis = scope.vectorAxis
  invariant(axis !== null, 'wasm: a vector store without a vector axis')
  const adjacent = laneStep(scope, s.position) === 1
  for (let u = 0; 4 * u < axis.count; u++) {
    const value = values[u] ?? values[0]
    invariant(value !== undefined, 'wasm: a store without a value')
    const count = Math.min(4, axis.count - 4 * u)
    if (adjacent) storeAdjacent(scope, s, value, 4 * u, count)
    else {
      const held = scope.temp('v128', value)
      for (let l = 0; l < count; l++) {
        const { index, offset } = storeAddress(scope, s.buffer, s.value.lane, s.position, 4 * u + l)
        scope.push(laneMemory('v128.store32_lane', index, held, l, offset))
      }
    }
  }
}

function storeScalar(scope: Scope, { store: s, values: [value] }: Prepared): void {
  invariant(value !== undefined, 'wasm: a store without a value')
  const { index, offset } = storeAddress(scope, s.buffer, s.value.lane, s.position, 0)
  scope.push(store(`${scalarType(s.value.lane)}.store`, index, value, offset))
}

/** All values, then all stores: a store may overwrite in place what another value is computed from. */
export function emitStores(scope: Scope, stores: readonly Store[]): void {
  const prepared = stores.map((s) => prepare(scope, s, stores.length > 1))
  for (const p of prepared) {
    if (p.vector) storeVector(scope, p)
    else storeScalar(scope, p)
  }
}

/** The expressions of stores, those inside their positions included (through a position expression). */
export const storeExprs = (stores: readonly Store[]): Expr[] =>
  stores.flatMap((s): Expr[] => [s.value, { kind: 'position', id: -1, lane: 'i32', position: s.position }])
