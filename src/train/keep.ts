/**
 * Trees of arrays that outlive donation: a step takes the memory of the state it gets, unless someone else holds it.
 */

import { ConcreteArray, NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import { devicePut } from '../runtime/devices.js'
import type { DeviceName } from '../core/device.js'

/**
 * The same tree as arrays of its own, which stay alive when the ones of `state` are taken over by the next step of
 * training. Nothing is copied: the next step then leaves the memory alone. For callbacks that keep states.
 *
 * @example
 * ```ts
 * import { train } from 'cotangent'
 * const states: unknown[] = []
 * const remember: train.Callback = { onEpochEnd: ({ state }) => void states.push(train.keep(state)) }
 * ```
 */
export function keep<S>(state: S): S {
  const [leaves, treedef] = tree.flatten(state)
  const kept = leaves.map((leaf) => {
    if (!(leaf instanceof NDArray)) return devicePut(leaf)
    const device = leaf instanceof ConcreteArray ? leaf.device : null
    return devicePut(leaf, device === null ? undefined : (device as DeviceName))
  })
  return tree.unflatten(treedef, kept) as S
}
