/**
 * The base interpreter on the reference device: eager programs, constants, sharing, donation, device mistakes.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import '../../../src/install.js'
import { avalOf, type Aval } from '../../../src/core/aval.js'
import { constant } from '../../../src/core/constants.js'
import { currentDevice } from '../../../src/core/device.js'
import { bind } from '../../../src/core/interpreter.js'
import { makeEquation, makeLiteral, makeVar, type Jaxpr } from '../../../src/core/jaxpr.js'
import { Tracer, type ConcreteArray, type NDArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import { defaultDevice, devicePut, memoryStats } from '../../../src/runtime/devices.js'
import { eagerProgram } from '../../../src/runtime/eager.js'
import type { DeviceHandle } from '../../../src/runtime/storage.js'
import { program } from './programs.js'

const vector = avalOf([3], 'float32')
const array = (...numbers: readonly number[]): ConcreteArray =>
  currentDevice().put(avalOf([numbers.length], 'float32'), Float32Array.from(numbers))
const call = (
  jaxpr: Jaxpr,
  inputs: readonly NDArray[],
  donated: readonly boolean[] = inputs.map(() => false),
): readonly NDArray[] => bind('jit', inputs, { jaxpr, name: 'jit of f', donated })

let before = { arrays: 0, liveBytes: 0 }
beforeEach(() => {
  defaultDevice('reference')
  before = memoryStats('reference')
})
afterEach(() => {
  defaultDevice('reference')
})
const made = (): number => memoryStats('reference').arrays - before.arrays
const bytes = (): number => memoryStats('reference').liveBytes - before.liveBytes

/** (x, y) → x + y */
const adding = program('add', [vector, vector], {})

describe('eager operations', () => {
  test('run one equation', () => {
    expect(ops.mul(array(1, 2, 3), array(4, 5, 6)).js()).toEqual([4, 10, 18])
    expect(
      ops
        .threefry2x32(
          [constant(0, 'uint32'), constant(0, 'uint32')],
          [constant(0, 'uint32'), constant(0, 'uint32')],
        )
        .map((x) => x.item()),
    ).toEqual([0x6b200159, 0x99ba4efe])
    expect(ops.iota('int32', [3], 0).js()).toEqual([0, 1, 2])
  })
  test('check shapes and dtypes with the abstract rules', () => {
    expect(() => ops.add(array(1, 2), array(1, 2, 3))).toThrow(
      'add: operands of one shape, got shapes [2] and [3]. The lax functions do not broadcast',
    )
    expect(() => ops.add(array(1), constant(1, 'int32', [1]))).toThrow(
      'add: operands of one dtype, got f32[1] and i32[1]',
    )
  })
  test('reuse the program for the same parameters and avals, whatever the value of a constant', () => {
    const [x, two, three] = [array(1, 2, 3), constant(2, 'float32', [3]), constant(3, 'float32', [3])]
    expect(eagerProgram('mul', [x, two], {})).toBe(eagerProgram('mul', [x, three], {}))
    expect(eagerProgram('mul', [x, two], {})).not.toBe(eagerProgram('mul', [x, x], {}))
    expect(eagerProgram('cumsum', [x], { axis: 0, reverse: false })).toBe(
      eagerProgram('cumsum', [x], { axis: 0, reverse: false }),
    )
    expect(eagerProgram('cumsum', [x], { axis: 0, reverse: true })).not.toBe(
      eagerProgram('cumsum', [x], { axis: 0, reverse: false }),
    )
  })
  test('tell NaN, infinities and zeros in parameters apart', () => {
    const indices = constant(0, 'int32', [1, 1])
    const filled = (fillValue: number) =>
      eagerProgram('gather', [array(1, 2), indices], {
        offsetDims: [],
        collapsedSliceDims: [0],
        operandBatchingDims: [],
        indicesBatchingDims: [],
        startIndexMap: [0],
        sliceSizes: [1],
        mode: 'fill',
        fillValue,
      })
    expect(new Set([NaN, Infinity, -Infinity, 0, -0].map(filled)).size).toBe(5)
    expect(filled(NaN)).toBe(filled(NaN))
  })
  test('take constants as rank-0 inputs', () => {
    const { inputs, equations } = eagerProgram('add', [array(1, 2, 3), constant(1, 'float32', [3])], {})
    expect(inputs.map((v) => v.aval.shape)).toEqual([[3], []])
    expect(equations.map((eqn) => eqn.primitive)).toEqual(['broadcastInDim', 'add'])
  })
  test('run one program for slices at different positions', () => {
    const x = array(1, 2, 3)
    expect([0, 1, 2].map((i) => ops.slice(x, [i], [i + 1]).item())).toEqual([1, 2, 3])
    expect(ops.slice(x, [0], [3], [2]).js()).toEqual([1, 3])
    expect(() => ops.slice(x, [2], [4])).toThrow('slice: 0 <= start <= limit <= size and stride >= 1')
  })
})

describe('constants', () => {
  test('stay constants when they are only rearranged', () => {
    const x = constant(7, 'float32', [2, 3])
    const results = [
      ops.reshape(x, [6]),
      ops.transpose(x, [1, 0]),
      ops.broadcastInDim(x, [4, 2, 3], [1, 2]),
      ops.slice(x, [0, 1], [2, 3]),
      ops.reverse(x, [0]),
    ] as ConcreteArray[]
    expect(results.map((r) => r.device)).toEqual([null, null, null, null, null])
    expect(results.map((r) => r.shape)).toEqual([[6], [3, 2], [4, 2, 3], [2, 2], [2, 3]])
    expect(results.every((r) => r.dataSync().every((n) => n === 7))).toBe(true)
    expect(made()).toBe(0)
  })
  test('are never made in memory by an operation', () => {
    const x = array(1, 2, 3)
    const y = ops.mul(x, constant(2, 'float32', [3]))
    expect(y.js()).toEqual([2, 4, 6])
    expect([made(), bytes()]).toEqual([2, 24])
    x.dispose()
    y.dispose()
  })
  test('become arrays as arguments of a program', () => {
    expect(call(adding, [array(1, 2, 3), constant(10, 'float32', [3])])[0]?.js()).toEqual([11, 12, 13])
    const sum = call(adding, [constant(1, 'float32', [3]), constant(2, 'float32', [3])])[0] as ConcreteArray
    expect([sum.js(), sum.device]).toEqual([[3, 3, 3], 'reference'])
  })
})

describe('large constants', () => {
  test('are made in memory once, however often they are arguments', () => {
    const large = avalOf([1000], 'float32')
    const adding1000 = program('add', [large, large], {})
    const x = constant(1, 'float32', [1000])
    for (let i = 0; i < 3; i++) call(adding1000, [x, x])[0]?.dispose()
    expect([made(), bytes()]).toEqual([1, 4000])
    expect(call(adding1000, [x, constant(2, 'float32', [1000])], [true, true])[0]?.dataSync()[999]).toBe(3)
    expect(x.isDisposed).toBe(true)
  })
})

describe('a program that fails', () => {
  test('still ends what was donated, and frees what was made for the call', () => {
    const failing: Jaxpr = {
      ...adding,
      equations: [
        makeEquation('customLinear', [], adding.equations[0]?.outputs ?? [], {
          name: 'f',
          residuals: 0,
          outputs: [vector],
          backward: () => [],
        }),
      ],
    }
    const x = array(1, 2, 3)
    const withInput = bytes()
    expect(() => call(failing, [x, constant(1, 'float32', [3])], [true, false])).toThrow('not differentiable')
    expect(() => x.js()).toThrow('donated')
    expect(bytes()).toBe(withInput - 12)
  })
})

describe('reshape', () => {
  test('shares the buffer, which lives as long as either array', () => {
    const x = array(1, 2, 3, 4)
    const y = ops.reshape(x, [2, 2])
    const z = ops.broadcastInDim(x, [1, 4], [1])
    expect([made(), bytes()]).toEqual([3, 16])
    x.dispose()
    x.dispose()
    expect([y.js(), z.js(), bytes()]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2, 3, 4]],
      16,
    ])
    y.dispose()
    z.dispose()
    expect([made(), bytes()]).toEqual([0, 0])
  })
})

describe('programs', () => {
  test('are compiled once for each jaxpr, and once for jaxprs of the same text', () => {
    const compiled = (jaxpr: Jaxpr) => (currentDevice() as DeviceHandle).executable(jaxpr, [], 'test')
    expect(compiled(adding)).toBe(compiled(adding))
    expect(compiled(program('add', [vector, vector], {}))).toBe(compiled(adding))
    expect(compiled(program('sub', [vector, vector], {}))).not.toBe(compiled(adding))
  })
  test('may return inputs, literals and the same value twice', () => {
    const x = makeVar(vector)
    const twice = makeVar(vector)
    const jaxpr: Jaxpr = {
      inputs: [x],
      equations: [makeEquation('add', [x, x], [twice], {})],
      outputs: [x, twice, twice, makeLiteral(5, 'float32'), x],
    }
    const input = array(1, 2, 3)
    const outputs = call(jaxpr, [input])
    input.dispose()
    outputs[1]?.dispose()
    expect(outputs.filter((_, i) => i !== 1).map((y) => y.js())).toEqual([[1, 2, 3], [2, 4, 6], 5, [1, 2, 3]])
    outputs.forEach((y) => y.dispose())
    expect([made(), bytes()]).toEqual([0, 0])
  })
  test('of custom rules and checkpoint have the value of their jaxpr', () => {
    const inputs = [array(1, 2, 3), array(1, 1, 1)]
    const rule = (): never => {
      throw new Error('a derivative rule was run')
    }
    expect(bind('customJvp', inputs, { jaxpr: adding, name: 'f', consts: 0, rule })[0]?.js()).toEqual([
      2, 3, 4,
    ])
    expect(
      bind('customVjp', inputs, {
        jaxpr: adding,
        name: 'f',
        consts: 0,
        forward: rule,
        backward: rule,
      })[0]?.js(),
    ).toEqual([2, 3, 4])
    expect(bind('checkpoint', inputs, { jaxpr: adding, name: 'f' })[0]?.js()).toEqual([2, 3, 4])
  })
  test('cannot apply a customVjp forwards', () => {
    expect(() =>
      bind('customLinear', [], { name: 'f', residuals: 0, outputs: [], backward: () => [] }),
    ).toThrow(
      "customVjp function 'f' is not differentiable: it has a backward rule only, and was differentiated in forward mode. Use grad, vjp or jacrev, or define it with customJvp.",
    )
  })
})

describe('donation', () => {
  test('gives the buffer away and ends the array', () => {
    const x = array(1, 2, 3)
    const [y] = call(adding, [x, array(1, 1, 1)], [true, false])
    expect(y?.js()).toEqual([2, 3, 4])
    expect(() => x.dataSync()).toThrow(
      'dataSync: this array f32[3] is gone (donated). It was given to a jitted function by donateArgnums; use the value that the function returned.',
    )
    expect(() => ops.neg(x)).toThrow('neg: this array f32[3] is gone (donated)')
  })
  test('keeps memory flat over steps', () => {
    let x = array(1, 2, 3) as NDArray
    const y = array(1, 1, 1)
    for (let step = 0; step < 100; step++) x = call(adding, [x, y], [true, false])[0] as NDArray
    expect(x.js()).toEqual([101, 102, 103])
    expect([made(), bytes()]).toEqual([2, 24])
    x.dispose()
    y.dispose()
  })
  test('of an array whose buffer another array shares leaves that one alone', () => {
    const x = array(1, 2, 3, 4)
    const view = ops.reshape(x, [2, 2])
    const negate = program('neg', [x.aval], {})
    expect(call(negate, [x], [true])[0]?.js()).toEqual([-1, -2, -3, -4])
    expect(view.js()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => x.js()).toThrow('donated')
  })
  test('of one array twice, or beside itself, is safe', () => {
    const both = array(1, 2, 3)
    expect(call(adding, [both, both], [true, true])[0]?.js()).toEqual([2, 4, 6])
    expect(both.isDisposed).toBe(true)
    const beside = array(1, 2, 3)
    expect(call(adding, [beside, beside], [true, false])[0]?.js()).toEqual([2, 4, 6])
    expect(beside.isDisposed).toBe(true)
    expect(
      call(
        adding,
        [beside.isDisposed ? array(0, 0, 1) : beside, constant(1, 'float32', [3])],
        [false, true],
      )[0]?.js(),
    ).toEqual([1, 1, 2])
  })
  test('frees what is not used for an output', () => {
    const x = array(1, 2, 3)
    const total = call(program('reduceSum', [vector], { axes: [0] }), [x], [true])[0]
    expect([total?.item(), made(), bytes()]).toEqual([6, 1, 4])
    total?.dispose()
  })
  test('of a constant ends it too', () => {
    const zero = constant(0, 'float32', [3])
    call(adding, [array(1, 2, 3), zero], [false, true])
    expect(zero.isDisposed).toBe(true)
  })
})

describe('mistakes', () => {
  test('a disposed array', () => {
    const x = array(1, 2, 3)
    x.dispose()
    expect(() => ops.neg(x)).toThrow(
      'neg: this array f32[3] is gone (disposed). Do not use an array after dispose().',
    )
  })
  test('a tracer outside its trace', () => {
    class Left extends Tracer {
      readonly aval: Aval = vector
      readonly traceName = 'grad of loss'
      readonly madeAt = 'loss.ts:3:7'
    }
    expect(() => ops.add(array(1, 2, 3), new Left())).toThrow(
      'add: a tracer f32[3] of grad of loss, made at loss.ts:3:7, was used after its trace ended. Return it from the traced function instead of storing it outside.',
    )
  })
  test('array operators', () => {
    expect(() => `${array(1)}`).toThrow(
      'conversion to a string: arrays do not take part in JavaScript operators. Use `await x.jsAsync()`',
    )
  })
  test('devicePut of something else', () => {
    expect(() => devicePut({ a: 'text' })).toThrow(
      'devicePut: a leaf of the tree must be an array, a number or a boolean, got text.',
    )
  })
})
