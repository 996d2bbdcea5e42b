// Parameters by path (partition, combine), and the table of a model.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  nn,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'
import { expectClose } from './reference.js'

defaultDevice('reference')

const key = random.key(0)

describe('partition and combine', () => {
  const model = nn.sequential(nn.dense(3), nn.activation(nn.tanh), nn.dense(1, { useBias: false }))
  const { params, state } = model.init(key, [2])

  it('take apart by path, and put together', () => {
    const paths: string[] = []
    const [kernels, others] = nn.partition(params, (path) => {
      paths.push(path)
      return path.endsWith('.kernel')
    })
    expect(paths).toEqual(['[0].bias', '[0].kernel', '[2].kernel'])
    expectTypeOf(kernels[0].bias).toEqualTypeOf<NDArray | null>()
    expectTypeOf(kernels[1]).toEqualTypeOf<null>()
    expect([kernels[0].bias, others[0].kernel, others[2].kernel]).toEqual([null, null, null])
    const whole = nn.combine(kernels, others)
    expectTypeOf(whole[0].kernel).toEqualTypeOf<NDArray>()
    expect(whole[0].kernel).toBe(params[0].kernel)
    expect(whole[1]).toBeNull()
  })

  it('freeze under grad and jit', () => {
    const [trained, frozen] = nn.partition(params, (path) => path.startsWith('[2]'))
    const loss = (p: typeof params): NDArray => model.apply({ params: p, state }, np.ones([4, 2]))[0].sum()
    const slope = jit(grad((t: typeof trained) => loss(nn.combine(t, frozen))))(trained)
    expect(slope[0].kernel).toBeNull()
    expectClose(slope[2].kernel ?? np.zeros([]), grad(loss)(params)[2].kernel)
  })

  it('report overlaps and other structures', () => {
    expect(() => nn.combine(params, params)).toThrow('an array on one side only')
    expect(() => nn.combine<unknown>({ a: null }, { b: null })).toThrow(CotangentError)
  })
})

describe('summary', () => {
  it('lists layers, shapes, parameters and bytes', () => {
    const model = nn.sequential(
      nn.conv(8, 3),
      nn.batchNorm(),
      nn.residual(nn.conv(8, 3, { useBias: false })),
      nn.sequential(nn.flatten(), nn.dense(1000)),
    )
    expect(nn.summary(model, [4, 4, 1]).split('\n')).toEqual([
      'Layer         Output shape      Parameters    Bytes',
      '─'.repeat(51),
      '0 conv        [batch, 4, 4, 8]          80      320',
      '1 batchNorm   [batch, 4, 4, 8]          16       64',
      '2 residual    [batch, 4, 4, 8]         576    2,304',
      '3 sequential  [batch, 1000]        129,000  516,000',
      '  0 flatten   [batch, 128]               0        0',
      '  1 dense     [batch, 1000]        129,000  516,000',
      '─'.repeat(51),
      'Total                              129,672  518,688',
      'State                                   16       64',
    ])
  })

  it('is of one layer too, with integers, and computes nothing', () => {
    expect(nn.summary(nn.embedding(10, 4), [6])).toContain('embedding  [batch, 6, 4]')
    const custom: nn.Layer<null, null> = {
      init: () => ({ params: null, state: null }),
      apply: (_, x) => [x, null],
    }
    expect(nn.summary(custom, [2])).toContain('layer')
    const large = nn.sequential(nn.embedding(50_000, 1024), nn.repeat(nn.transformerBlock({ heads: 16 }), 2))
    expect(nn.summary(large, [512])).toMatch(/repeat × 2 +\[batch, 512, 1024\]/)
  })
})
