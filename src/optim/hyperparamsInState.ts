/**
 * Hyperparameters of `injectHyperparams`, wherever in a state they are.
 */

import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import { flatten, leafPaths, unflatten } from '../core/tree.js'
import * as np from '../numpy/index.js'

const pattern = /\.hyperparams\.(\w+)$/

/** The leaves of `state`, and which of them are hyperparameters of which name. */
function places(state: unknown) {
  const [leaves, treedef] = flatten(state)
  const names = leafPaths(treedef).map((path) => pattern.exec(path)?.[1] ?? null)
  return { leaves, treedef, names }
}

/**
 * The hyperparameters that `injectHyperparams` keeps in a state, by name, also inside chains and other wrappers: rank-0
 * arrays. Where several optimizers have one of the same name, that of the last.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.injectHyperparams(optim.sgd)(0.5))
 * console.log(optim.getHyperparams(optimizer.init(np.zeros([2])))['learningRate']?.item()) // 0.5
 * ```
 */
export function getHyperparams(state: unknown): Record<string, NDArray> {
  const { leaves, names } = places(state)
  const entries = names.flatMap((name, i) => (name === null ? [] : [[name, leaves[i] as NDArray] as const]))
  return Object.fromEntries(entries)
}

/**
 * The state with these hyperparameters changed, also inside chains and other wrappers; everywhere where one of the name
 * is. Shapes and dtypes stay, so a jitted step runs on without being compiled again. What follows a schedule goes on
 * following it. Errors: `argument` for a name that the state does not have.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.injectHyperparams(optim.sgd)(0.5)
 * const state = optim.setHyperparams(optimizer.init(np.zeros([2])), { learningRate: 0.25 })
 * optimizer.update(np.ones([2]), state)[0].js() // [-0.25, -0.25]
 * ```
 */
export function setHyperparams<S>(state: S, values: Readonly<Record<string, ArrayLike>>): S {
  const { leaves, treedef, names } = places(state)
  for (const name of Object.keys(values)) {
    if (names.includes(name)) continue
    const known = [...new Set(names.filter((n) => n !== null))]
    fail('argument', {
      operation: 'optim.setHyperparams',
      argument: 'the name of a hyperparameter',
      received: `'${name}'`,
      expected: known.length === 0 ? 'in the state, which has none' : `one of ${known.join(', ')}`,
      fix: 'Make the optimizer with optim.injectHyperparams.',
    })
  }
  const next = leaves.map((leaf, i) => {
    const value = names[i] === null ? undefined : values[names[i] ?? '']
    return value === undefined || !(leaf instanceof NDArray)
      ? leaf
      : np.full(leaf.shape, value, { dtype: leaf.dtype })
  })
  return unflatten(treedef, next) as S
}
