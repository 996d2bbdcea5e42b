/**
 * A transformation of some parameters.
 */

import { combine, partition } from '../../nn/partition.js'
import { perLeaf, type PerParameter } from '../labels.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'

/** Which parameters: a tree of booleans that may stop early, or a function of path and parameter. */
export type Mask = PerParameter<boolean>

interface MaskedState {
  readonly innerState: OptimizerState
}

/**
 * `inner` for the parameters where `mask` is true; the updates of the others pass unchanged, and no state is kept for
 * them. Errors: `tree` for a mask that does not fit the parameters. Source: optax.masked.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const decay = optim.masked(optim.addDecayedWeights({ weightDecay: 1e-4 }), (path) => path.endsWith('.kernel'))
 * const optimizer = optim.chain(decay, optim.sgd(0.1))
 * ```
 */
export function masked(inner: GradientTransformation, mask: Mask): GradientTransformation {
  // What is left out is null, an empty subtree, so that inner sees a smaller tree.
  const split = <P>(tree: P) => {
    const places = perLeaf('optim.masked', 'mask', mask, tree)
    const chosen = new Set(places.filter(({ value }) => value).map(({ path }) => path))
    return partition(tree, (path) => chosen.has(path))
  }
  return transformation<MaskedState>({
    init: (params) => ({ innerState: inner.init(split(params)[0]) }),
    update: <P>(updates: P, { innerState }: MaskedState, params?: P | null): [P, MaskedState] => {
      const [own, others] = split(updates)
      const parameters = params === null || params === undefined ? null : split(params)[0]
      const [transformed, next] = inner.update(own, innerState, parameters)
      // Each place has its update from one side: together they are a tree like the updates.
      return [combine(transformed, others) as unknown as P, { innerState: next }]
    },
  })
}
