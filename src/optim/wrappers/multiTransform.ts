/**
 * Different transformations for different parameters.
 */

import { fail } from '../../core/errors.js'
import { perLeaf, type PerParameter } from '../labels.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'
import { masked } from './masked.js'

/** The label of each parameter: a tree of labels that may stop early, or a function of path and parameter. */
export type Labels<L extends string> = PerParameter<L>

interface MultiTransformState {
  readonly innerStates: Readonly<Record<string, OptimizerState>>
}

/**
 * Each parameter is updated by the transformation of its label: rates by layer, frozen groups (`setToZero`), another
 * optimizer for the head. Errors: `argument` for a label without a transformation, `tree` for labels that do not fit
 * the parameters. Source: optax.multi_transform (now optax.partition).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.multiTransform(
 *   { body: optim.adam(1e-4), head: optim.adam(1e-2), frozen: optim.setToZero() },
 *   (path) => (path.startsWith('[0]') ? 'frozen' : path.startsWith('[3]') ? 'head' : 'body'),
 * )
 * ```
 */
export function multiTransform<const L extends string>(
  transforms: Readonly<Record<L, GradientTransformation>>,
  labels: Labels<NoInfer<L>>,
): GradientTransformation {
  const operation = 'optim.multiTransform'
  const names = Object.keys(transforms) as L[]
  const labelsOf = (tree: unknown): ReadonlyMap<string, string> => {
    const places = perLeaf(operation, 'labels', labels, tree)
    for (const { path, value } of places) checkLabel(operation, path, value, names)
    return new Map(places.map(({ path, value }) => [path, value]))
  }
  const groups = (tree: unknown): readonly (readonly [L, GradientTransformation])[] => {
    const found = labelsOf(tree)
    return names.map((name) => [name, masked(transforms[name], (path) => found.get(path) === name)])
  }
  return transformation<MultiTransformState>({
    init: (params) => ({
      innerStates: Object.fromEntries(groups(params).map(([name, group]) => [name, group.init(params)])),
    }),
    update: (updates, { innerStates }, params) => {
      let current = updates
      const next = groups(updates).map(([name, group]) => {
        const [transformed, state] = group.update(current, innerStates[name] as OptimizerState, params)
        current = transformed
        return [name, state] as const
      })
      return [current, { innerStates: Object.fromEntries(next) }]
    },
  })
}

function checkLabel(operation: string, path: string, label: unknown, names: readonly string[]): void {
  if (typeof label === 'string' && names.includes(label)) return
  fail('argument', {
    operation,
    argument: `the label of ${path === '' ? 'the root' : path}`,
    received: typeof label === 'string' ? `'${label}'` : String(label),
    expected: `one of ${names.map((name) => `'${name}'`).join(', ')}`,
    fix: 'Give each label a transformation, optim.setToZero() where nothing shall change.',
  })
}
