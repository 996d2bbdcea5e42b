// Recurrent layers: PyTorch's values for its own weights, padding, gradients, transformations; orthogonal matrices.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  jit,
  nn,
  numpy as np,
  random,
  tree,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose, get, reference } from './reference.js'

defaultDevice('reference')

const key = random.key(0)
const cases = reference('recurrent')

const makers = { rnn: nn.rnn, lstm: nn.lstm, gru: nn.gru } as const
type Params = Readonly<Record<string, NDArray>>
type Carry = readonly NDArray[]
type Any = nn.RecurrentLayer<Params, Carry>
type Both = nn.RecurrentLayer<nn.Bidirectional<Params>, nn.Bidirectional<Carry>>

/** The weights of one direction of a case. */
const weights = (test: Record<string, NDArray>, direction: string): Params =>
  Object.fromEntries(
    Object.entries(test).flatMap(([name, value]) => {
      const [side, own] = name.split('.')
      return side === direction && own !== undefined ? [[own, value]] : []
    }),
  )

describe.each(['rnn', 'lstm', 'gru'] as const)('%s', (name) => {
  const test = cases(name)
  const x = get(test, 'x')
  const params = { forward: weights(test, 'forward'), backward: weights(test, 'backward') }
  const variables = { params, state: null }
  const both = { bidirectional: true } as const
  const sequence = makers[name](3, { ...both, returnSequence: true }) as unknown as Both
  const last = makers[name](3, both) as unknown as Both
  const forward = makers[name](3, { returnSequence: true }) as unknown as Any

  it('is what PyTorch computes, both ways', () => {
    expectClose(sequence.apply(variables, x)[0], get(test, 'sequence'))
    expectClose(last.apply(variables, x)[0], get(test, 'last'))
    const compiled = jit(
      (p: typeof params, input: NDArray) => sequence.apply({ params: p, state: null }, input)[0],
    )
    expectClose(compiled(params, x), get(test, 'sequence'))
  })

  it('is what PyTorch computes, one way and unrolled', () => {
    const own = { params: params.forward, state: null }
    const expected = get(test, 'sequence').slice([], [], [0, 3])
    expectClose(forward.apply(own, x)[0], expected)
    const ends = makers[name](3, { unroll: 2 }) as unknown as Any
    expectClose(ends.apply(own, x)[0], expected.slice([], 3))
  })

  it('skips padding as PyTorch does with packed sequences', () => {
    expectClose(last.apply(variables, x, { mask: get(test, 'mask') })[0], get(test, 'masked'))
    const [all] = forward.apply({ params: params.forward, state: null }, x, { mask: get(test, 'mask') })
    expectClose(all.slice(1, 3), all.slice(1, 1))
  })

  it('goes on from a carry: two parts are the whole, with padding, compiled and step by step', () => {
    const own = { params: params.forward, state: null }
    const mask = get(test, 'mask')
    const [whole, last] = forward.applyCarry(own, x, { mask })
    const part = jit((input: NDArray, here: NDArray, carry: Carry) =>
      forward.applyCarry(own, input, { mask: here, carry }),
    )
    let carry = forward.initialCarry(2)
    const outputs: NDArray[] = []
    for (let t = 0; t < 4; t++) {
      const [y, next] = part(x.slice([], [t, t + 1]), mask.slice([], [t, t + 1]), carry)
      outputs.push(y)
      carry = next
    }
    expect(part.traces).toHaveLength(1)
    expectClose(np.concatenate(outputs, 1), whole)
    carry.forEach((array, i) => expectClose(array, last[i] as NDArray))
    expectClose(last[0] as NDArray, whole.slice([], 3))
    expect(() => forward.applyCarry(own, x, { carry: forward.initialCarry(3) })).toThrow(
      `nn.${name}: a carry of arrays [batch, units], [2, 3] here`,
    )
  })

  it('carries both directions', () => {
    const [y, carry] = sequence.applyCarry(variables, x)
    expectClose(y, get(test, 'sequence'))
    const ends = np.concatenate([carry.forward[0] as NDArray, carry.backward[0] as NDArray], -1)
    expectClose(ends, get(test, 'last'))
    const zeros = sequence.applyCarry(variables, x, { carry: sequence.initialCarry(2) })[0]
    expectClose(zeros, y)
    const changed = sequence.applyCarry(variables, x, { carry })[0]
    expect(np.allclose(changed, y).item()).toBeFalsy()
  })

  it('has gradients through the carry', async () => {
    const own = { params: params.forward, state: null }
    const f = (carry: Carry) => forward.applyCarry(own, x, { carry })
    await checkGrads(f, [forward.initialCarry(2)], { order: 1, rtol: 2e-2, atol: 2e-2 })
  })

  it('has gradients, and maps over batches', async () => {
    const f = (p: typeof params, input: NDArray): NDArray =>
      sequence.apply({ params: p, state: null }, input)[0]
    await checkGrads(f, [params, x], { order: 1, rtol: 2e-2, atol: 2e-2 })
    const mapped = vmap(f, [null, 0])(params, np.stack([x, np.zeros(x.shape)]))
    expectClose(mapped.slice(0), get(test, 'sequence'))
  })

  it('makes the parameters that it takes', () => {
    const shapes = (p: Params): unknown => tree.map((leaf: NDArray) => leaf.shape.join(), p)
    const first = last.init(key, [4, 2]).params
    expect(shapes(first.forward)).toEqual(shapes(params.forward))
    expect(first.forward['kernel']?.js()).not.toEqual(first.backward['kernel']?.js())
    expect(() => last.init(key, [2])).toThrow(`nn.${name}: examples [time, features]`)
    expect(() => last.apply(variables, np.zeros([2, 2]))).toThrow(CotangentError)
  })
})

describe('recurrent layers', () => {
  it('type their parameters by the directions', () => {
    expectTypeOf(nn.lstm(3)).toEqualTypeOf<nn.RecurrentLayer<nn.LstmParams, nn.LstmCarry>>()
    expectTypeOf(nn.gru(3, { bidirectional: true })).toEqualTypeOf<
      nn.RecurrentLayer<nn.Bidirectional<nn.GruParams>, nn.Bidirectional<nn.GruCarry>>
    >()
  })

  it('follow one another, and remember at first', () => {
    const model = nn.sequential(nn.lstm(4, { returnSequence: true }), nn.gru(3), nn.dense(2))
    const variables = model.init(key, [5, 2])
    expect(variables.params[0].bias.js()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(model.apply(variables, np.ones([7, 5, 2]))[0].shape).toEqual([7, 2])
  })

  it('keep what they carry as state, in a model, for several sequences', () => {
    const [first, second] = [nn.lstm(4, { returnSequence: true }), nn.gru(3, { returnSequence: true })]
    const model = nn.sequential(first, second, nn.dense(2))
    const sampler = nn.sequential(nn.stateful(first, 2), nn.stateful(second, 2), nn.dense(2))
    const { params } = model.init(key, [5, 2])
    expectTypeOf(sampler.init(key, [1, 2]).state).toEqualTypeOf<readonly [nn.LstmCarry, nn.GruCarry, null]>()
    const x = random.normal(key, [2, 5, 2])
    let { state } = sampler.init(key, [1, 2])
    const outputs = Array.from({ length: 5 }, (_, t) => {
      const [y, next] = sampler.apply({ params, state }, x.slice([], [t, t + 1]))
      state = next
      return y
    })
    expectClose(np.concatenate(outputs, 1), model.apply({ params, state: [null, null, null] }, x)[0])
    // One sequence is taken for all.
    const [same] = sampler.apply({ params, state: sampler.init(key, [1, 2]).state }, x.slice([0, 1]))
    expectClose(same.slice(0), same.slice(1))
    expect(nn.summary(sampler, [1, 2])).toContain('lstm (stateful)')
    expect(() => sampler.apply({ params, state }, np.ones([3, 1, 2]))).toThrow('initialCarry(batch)')
  })

  it('take another activation', () => {
    const layer = nn.rnn(2, { activation: nn.relu, kernelInit: nn.initializers.ones })
    const [y] = layer.apply(layer.init(key, [1, 3]), np.ones([1, 1, 3]))
    expect(y.js()).toEqual([[3, 3]])
  })
})

describe('orthogonal', () => {
  const matrices = reference('initializers')
  const init = nn.initializers.orthogonal()
  it.each<[string, number[]]>([
    ['square', [4, 4]],
    ['tall', [5, 3]],
    ['wide', [3, 5]],
    ['kernel', [2, 2, 3, 4]],
  ])('%s: the matrix of JAX', (name, shape) => {
    expectClose(init(random.key(7), shape), get(matrices(name), 'y'), 1e-5)
  })

  it('is orthonormal to rounding, for large matrices too, and scaled', () => {
    const q = nn.initializers.orthogonal(2)(key, [64, 64])
    expectClose(np.matmul(np.transpose(q), q), np.multiply(np.eye(64), 4), 1e-5)
  })

  it('makes ensembles under vmap, and needs two axes', () => {
    const many = vmap((own: random.Key) => init(own, [3, 3]))(random.split(key, 2))
    expect(many.shape).toEqual([2, 3, 3])
    expectClose(np.matmul(many.slice(1), np.transpose(many.slice(1))), np.eye(3), 1e-5)
    expect(() => init(key, [3])).toThrow('at least two axes')
  })
})
