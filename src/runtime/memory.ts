/**
 * Who frees arrays: finalizers for those that were forgotten, and scopes. Arrays as they are made → their release.
 */

import type { ArrayObserver, ConcreteArray } from '../core/ndarray.js'
import { leaves } from '../core/tree.js'
import { whenForgotten } from './pressure.js'
import { DeviceStorage } from './storage.js'

interface Scope {
  readonly arrays: ConcreteArray[]
  /** Another scope ended out of order while this one was open: who made which array is not known. */
  overlapped: boolean
}

/** Open scopes, innermost last. */
const open: Scope[] = []

/** Registers new arrays; while a function is being traced, arrays from the host belong to the program, not to a scope. */
export const observer =
  (isTracing: () => boolean): ArrayObserver =>
  (array) => {
    const storage = array.storage('array creation')
    if (!(storage instanceof DeviceStorage)) return
    whenForgotten(array, storage)
    const innermost = open[open.length - 1]
    if (innermost !== undefined && !(storage.fromHost && isTracing())) innermost.arrays.push(array)
  }

/**
 * Runs `body` and then frees every array made inside it except those in the tree it returns; also where it throws.
 * `body` may be async: then the scope ends when its promise settles. Arrays that other tasks make while an async
 * scope is open belong to it; where async scopes overlap without nesting, their arrays are left to the garbage
 * collector. Using a freed array throws a `disposedArray` error.
 *
 * @example
 * ```ts
 * import { numpy as np, scope } from 'cotangent'
 * const norm = scope(() => {
 *   const x = np.arange(4)
 *   return x.mul(x).sum()
 * })
 * norm.item() // 14
 * ```
 */
export function scope<T>(body: () => T): T {
  const mine: Scope = { arrays: [], overlapped: false }
  open.push(mine)
  let result: T
  try {
    result = body()
  } catch (error) {
    end(mine, null)
    throw error
  }
  if (!(result instanceof Promise)) {
    end(mine, result)
    return result
  }
  // The type says that T is a promise here; its value goes through unchanged.
  return result.then(
    (value: unknown) => {
      end(mine, value)
      return value
    },
    (error: unknown) => {
      end(mine, null)
      throw error
    },
  ) as T
}

function end(mine: Scope, result: unknown): void {
  const at = open.indexOf(mine)
  const inner = open.slice(at + 1)
  open.splice(at, 1)
  if (inner.length > 0) {
    mine.overlapped = true
    for (const other of inner) other.overlapped = true
  }
  const kept = new Set(leaves(result))
  const outer = open[at - 1]
  for (const array of mine.arrays) {
    if (!kept.has(array) && !mine.overlapped) array.invalidate('scope ended')
    else if (!array.isDisposed) outer?.arrays.push(array)
  }
}
