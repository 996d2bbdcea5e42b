/**
 * Transformations one after the other.
 */

import { fail } from '../../core/errors.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'

/**
 * Transformations applied in order; the state is the list of their states.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adam(1e-3))
 * ```
 */
export const chain = (...transformations: readonly GradientTransformation[]): GradientTransformation =>
  transformation<readonly OptimizerState[]>({
    init: (params) => transformations.map((t) => t.init(params)),
    update: (updates, states, params) => {
      checkStates(states, transformations.length)
      let current = updates
      const next = transformations.map((t, i) => {
        const [transformed, state] = t.update(current, states[i] as OptimizerState, params)
        current = transformed
        return state
      })
      return [current, next]
    },
  })

function checkStates(states: unknown, count: number): void {
  if (Array.isArray(states) && states.length === count) return
  fail('tree', {
    operation: 'optim.chain',
    path: 'the state',
    expected: `a list of ${count}`,
    received: Array.isArray(states) ? `a list of ${states.length}` : 'another state',
    fix: 'Give the state of this optimizer, from init or update.',
  })
}
