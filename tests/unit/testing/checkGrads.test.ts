// checkGrads accepts right derivatives and says where wrong ones are.

import { beforeAll, describe, expect, test } from 'vitest'
import { CotangentError, customJvp, customVjp, defaultDevice, numpy as np, type NDArray } from 'cotangent'
import { checkGrads } from 'cotangent/testing'

const vector = (values: number[], dtype: 'float32' | 'float64' = 'float64'): NDArray =>
  np.array(values, { dtype })

async function failure(run: Promise<void>): Promise<CotangentError<'gradientCheck'>> {
  const error: unknown = await run.catch((e: unknown) => e)
  expect(error).toBeInstanceOf(CotangentError)
  expect(error).toHaveProperty('code', 'gradientCheck')
  return error as CotangentError<'gradientCheck'>
}

/** sin with a derivative that is `factor` times too large. */
function wrongForward(factor: number): (x: NDArray) => NDArray {
  const f = customJvp((x: NDArray) => np.sin(x))
  return f.defjvp(([x], [dx]) => [f(x), dx.mul(np.cos(x)).mul(factor)])
}

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeAll(() => void defaultDevice(device))

  test('right derivatives pass, in both precisions and to the third order', async () => {
    await checkGrads((x: NDArray, y: NDArray) => np.sin(x).mul(y), [vector([0.5, 1]), vector([2, 3])], {
      order: 3,
    })
    await checkGrads((x: NDArray) => np.exp(x).sum(), [vector([0.5, 1], 'float32')])
  })
  test('arguments and results are trees; integers are held fixed; numbers are float32', async () => {
    const f = ({ w, b }: { w: NDArray; b: NDArray }, index: NDArray, scale: NDArray): unknown => ({
      y: [np.tanh(np.matmul(w, b)), np.take(b, index).mul(scale)],
      position: np.argmax(b),
    })
    const index = np.array([1, 0], { dtype: 'int32' })
    await checkGrads(f, [{ w: np.array([[0.5, 1], [2, 3]]), b: np.array([0.2, 0.3]) }, index, 1.5], { order: 1 }) // prettier-ignore
  })
})

describe('a wrong derivative', () => {
  beforeAll(() => void defaultDevice('reference'))

  test('in forward mode is reported with the order, the mode, the argument, and both numbers', async () => {
    const wrong = wrongForward(1.5)
    const f = (x: NDArray, p: { w: NDArray }): NDArray => wrong(p.w).mul(x)
    const { message, detail } = await failure(
      checkGrads(f, [vector([1, 1]), { w: vector([0, 0]) }], { modes: ['fwd'] }),
    )
    expect(detail.where).toMatch(/^order 1, mode 'fwd', argument \[1\]\.w, output 0, element \[\d\]$/)
    expect(Number(detail.received) / Number.parseFloat(detail.expected)).toBeCloseTo(1.5)
    expect(message).toContain(`expected ${detail.expected}, got ${detail.received}`)
  })
  test('in reverse mode is reported so', async () => {
    const f = customVjp((x: NDArray) => x.mul(x))
    f.defvjp(
      (x) => [x.mul(x), x],
      (x, ct) => [ct.mul(x).mul(3)],
    )
    const { detail } = await failure(checkGrads((x: NDArray) => f(x), [vector([1, 2])], { modes: ['rev'] }))
    expect(detail.where).toMatch(/^order 1, mode 'rev', argument \[0\]/)
  })
  test('of second order is found where the first is right', async () => {
    const cosine = customJvp((x: NDArray) => np.cos(x))
    cosine.defjvp(([x], [dx]) => [cosine(x), dx.mul(np.sin(x))])
    const sine = customJvp((x: NDArray) => np.sin(x))
    sine.defjvp(([x], [dx]) => [sine(x), dx.mul(cosine(x))])
    const at = [vector([0.5, 1])]
    await checkGrads((x: NDArray) => sine(x), at, { order: 1 })
    const { detail } = await failure(checkGrads((x: NDArray) => sine(x), at, { order: 2 }))
    expect(detail.where).toMatch(/^order 2, mode 'fwd' of the derivative by 'fwd'/)
  })
  test('may be inside the tolerance', async () => {
    const f = wrongForward(1.001)
    await failure(checkGrads(f, [vector([1])], { order: 1 }))
    await checkGrads(f, [vector([1])], { order: 1, rtol: 0.01 })
  })
})

test('there has to be something to differentiate', async () => {
  await expect(checkGrads((x: NDArray) => x, [np.array([1], { dtype: 'int32' })])).rejects.toThrow(
    'checkGrads: args must be at least one float array, got none.',
  )
})
