/**
 * Einstein summation: subscripts and operands in → one array, by diagonals, sums and pairwise dotGeneral.
 */

import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range, sizeOf } from '../core/shape.js'
import { diagonal } from './diagonals.js'
import { asArray, promoteDTypes } from './promote.js'

/** An array whose axes have names. */
interface Term {
  readonly x: NDArray
  readonly labels: readonly string[]
}

interface Parsed {
  readonly inputs: readonly (readonly string[])[]
  readonly output: readonly string[]
}

function invalid(subscripts: string, expected: string): never {
  return fail('argument', {
    operation: 'einsum',
    argument: 'subscripts',
    received: `'${subscripts}'`,
    expected,
  })
}

/** One operand's letters; an ellipsis stands for axes named '0', '1', … counted from the right. */
function labelsOf(term: string, rank: number, subscripts: string): string[] {
  const [before = '', after] = term.split('...')
  const named = before + (after ?? '')
  if (!/^[A-Za-z]*$/.test(named)) invalid(subscripts, 'letters, commas, one "..." in a term, and one "->"')
  const extra = rank - named.length
  if (after === undefined ? extra !== 0 : extra < 0)
    invalid(subscripts, `as many letters in '${term}' as its operand has axes (${rank})`)
  const ellipsis = after === undefined ? [] : range(extra).map((i) => String(extra - 1 - i))
  return [...before, ...ellipsis, ...(after ?? '')]
}

function parse(subscripts: string, ranks: readonly number[]): Parsed {
  const [left = '', right, more] = subscripts.replace(/\s/g, '').split('->')
  const terms = left.split(',')
  if (more !== undefined || terms.length !== ranks.length)
    invalid(subscripts, `one term for each of the ${ranks.length} operands`)
  const inputs = terms.map((term, i) => labelsOf(term, ranks[i] ?? 0, subscripts))
  const all = inputs.flat()
  const ellipsis = [...new Set(all.filter((label) => /\d/.test(label)))].sort((a, b) => Number(b) - Number(a))
  if (right === undefined) {
    const once = [...new Set(all)]
      .filter((label) => !/\d/.test(label) && all.filter((l) => l === label).length === 1)
      .sort()
    return { inputs, output: [...ellipsis, ...once] }
  }
  const [before = '', after] = right.split('...')
  const output = [...before, ...(after === undefined ? [] : ellipsis), ...(after ?? '')]
  if (new Set(output).size !== output.length || output.some((label) => !all.includes(label)))
    invalid(subscripts, 'an output of distinct letters that occur in the inputs')
  return { inputs, output }
}

/** The size of every label; size 1 broadcasts. */
function sizes(terms: readonly Term[], subscripts: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const { x, labels } of terms) {
    labels.forEach((label, axis) => {
      const [n, known] = [x.shape[axis] ?? 1, found.get(label) ?? 1]
      if (n !== 1 && known !== 1 && n !== known) {
        fail('shape', {
          operation: 'einsum',
          shapes: terms.map((term) => term.x.shape),
          expected: `one size for the axes named '${label}' in '${subscripts}'`,
        })
      }
      found.set(label, n === 1 ? known : n)
    })
  }
  return found
}

/** Repeated labels become a diagonal, broadcast axes of size 1 go, and labels that nobody else has are summed. */
function simplify({ x, labels }: Term, size: ReadonlyMap<string, number>, needed: ReadonlySet<string>): Term {
  const twice = labels.findIndex((label, i) => labels.indexOf(label) !== i)
  if (twice >= 0) {
    const first = labels.indexOf(labels[twice] ?? '')
    const rest = labels.filter((_, i) => i !== first && i !== twice)
    return simplify({ x: diagonal(x, 0, first, twice), labels: [...rest, labels[twice] ?? ''] }, size, needed)
  }
  const keep = labels.map((label, axis) => x.shape[axis] === size.get(label))
  const squeezed = {
    x: ops.reshape(
      x,
      x.shape.filter((_, i) => keep[i]),
    ),
    labels: labels.filter((_, i) => keep[i]),
  }
  const summed = squeezed.labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]))
  return {
    x: ops.reduceSum(squeezed.x, summed),
    labels: squeezed.labels.filter((label) => needed.has(label)),
  }
}

/** The product of two terms, summed over the labels that nobody else needs. */
function contract(a: Term, b: Term, needed: ReadonlySet<string>): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const batch = shared.filter((label) => needed.has(label))
  const summed = shared.filter((label) => !needed.has(label))
  const free = (term: Term): string[] => term.labels.filter((label) => !shared.includes(label))
  const labels = [...batch, ...free(a), ...free(b)]
  const axes = (term: Term, list: readonly string[]): number[] =>
    list.map((label) => term.labels.indexOf(label))
  const x = ops.dotGeneral(a.x, b.x, {
    lhsContract: axes(a, summed),
    rhsContract: axes(b, summed),
    lhsBatch: axes(a, batch),
    rhsBatch: axes(b, batch),
  })
  return { x, labels }
}

const labelSet = (terms: readonly Term[], output: readonly string[]): Set<string> =>
  new Set([...terms.flatMap((term) => term.labels), ...output])

/** Contracts the pair with the smallest product first. */
function reduceTerms(
  terms: readonly Term[],
  output: readonly string[],
  size: ReadonlyMap<string, number>,
): Term {
  const [first, second] = terms
  if (first === undefined) return invalid('', 'at least one operand')
  if (second === undefined) {
    // What is left over met only axes of size 1.
    const rest = first.labels.flatMap((label, axis) => (output.includes(label) ? [] : [axis]))
    return { x: ops.reduceSum(first.x, rest), labels: first.labels.filter((label) => output.includes(label)) }
  }
  const cost = (a: Term, b: Term): number =>
    sizeOf([...new Set([...a.labels, ...b.labels])].map((label) => size.get(label) ?? 1))
  let best = { i: 0, j: 1, cost: cost(first, second) }
  terms.forEach((a, i) =>
    terms.forEach((b, j) => {
      if (i < j && cost(a, b) < best.cost) best = { i, j, cost: cost(a, b) }
    }),
  )
  const others = terms.filter((_, k) => k !== best.i && k !== best.j)
  const product = contract(terms[best.i] ?? first, terms[best.j] ?? second, labelSet(others, output))
  return reduceTerms([...others, product], output, size)
}

/**
 * The sum of products that `subscripts` names, as NumPy's einsum ('ij,jk->ik', implicit outputs, ellipses).
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.einsum('ij,j->i', np.ones([2, 3]), np.ones([3])).js() // [3, 3]
 * ```
 */
export function einsum(subscripts: string, ...operands: ArrayLike[]): NDArray {
  const promoted = promoteDTypes(
    'einsum',
    operands.map((x) => asArray(x, 'einsum')),
  )
  const isBool = promoted[0]?.dtype === 'bool'
  const arrays = isBool ? promoted.map((x) => ops.convert(x, 'int32')) : promoted
  const { inputs, output } = parse(
    subscripts,
    arrays.map((x) => x.ndim),
  )
  const terms = arrays.map((x, i): Term => ({ x, labels: inputs[i] ?? [] }))
  const size = sizes(terms, subscripts)
  const simple = terms.map((term, i) =>
    simplify(
      term,
      size,
      labelSet(
        terms.filter((_, j) => j !== i),
        output,
      ),
    ),
  )
  const { x, labels } = reduceTerms(simple, output, size)
  const ordered = ops.transpose(
    x,
    output.filter((label) => labels.includes(label)).map((label) => labels.indexOf(label)),
  )
  const shape = output.map((label) => size.get(label) ?? 1)
  const present = output.flatMap((label, axis) => (labels.includes(label) ? [axis] : []))
  const result = ops.broadcastInDim(ordered, shape, present)
  return isBool ? ops.ne(result, ops.zerosLike(result)) : result
}
