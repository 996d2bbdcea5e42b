/**
 * Arrays: reading, constants, operators that must not be used, tracers without values, errors.
 */

import { describe, expect, test } from 'vitest'
import '../../../src/install.js'
import { avalOf, type Aval } from '../../../src/core/aval.js'
import { constant, constantValue } from '../../../src/core/constants.js'
import { CotangentError, fail, invariant, InvariantError } from '../../../src/core/errors.js'
import { bind, currentInterpreter, withInterpreter, type Interpreter } from '../../../src/core/interpreter.js'
import { Tracer, type NDArray } from '../../../src/core/ndarray.js'

class Stand extends Tracer {
  readonly aval: Aval = avalOf([2], 'float32')
  readonly traceName = 'jit of step'
  readonly madeAt = null
}

describe('reading', () => {
  const x = constant(3, 'int32', [2, 2])
  test('gives numbers, nested lists and items', async () => {
    expect(x.dataSync()).toEqual(new Int32Array([3, 3, 3, 3]))
    expect([x.js(), await x.jsAsync(), constant(1, 'bool', [2]).js()]).toEqual([
      [
        [3, 3],
        [3, 3],
      ],
      [
        [3, 3],
        [3, 3],
      ],
      [true, true],
    ])
    expect([constant(0.1, 'float32').item(), await constant(7, 'int32', [1, 1]).itemAsync()]).toEqual([
      Math.fround(0.1),
      7,
    ])
    expect([x.shape, x.dtype, x.ndim, x.size, String(x.toString())]).toEqual([
      [2, 2],
      'int32',
      2,
      4,
      'NDArray i32[2,2] on any device',
    ])
  })
  test('of an item needs exactly one', () => {
    expect(() => x.item()).toThrow(
      'item: an array with exactly one element, got shape [2, 2]. Use data() or jsAsync() for more.',
    )
  })
  test('of an empty array', () => {
    expect([constant(1, 'float32', [0, 2]).js(), constant(1, 'float32', [2, 0]).js()]).toEqual([[], [[], []]])
  })
})

describe('constants', () => {
  test('are rounded to their dtype and know their value', () => {
    expect([
      constantValue(constant(300, 'uint8')),
      constantValue(constant(0.1, 'float16')),
      constantValue(constant(true, 'bool')),
    ]).toEqual([44, 0.0999755859375, 1])
    const gone = constant(1, 'float32')
    gone.dispose()
    expect(constantValue(gone)).toBeNull()
    expect(constantValue(new Stand())).toBeNull()
  })
})

describe('operators', () => {
  const x = constant(1, 'float32') as unknown as number
  test('are refused with the method to use', () => {
    expect(() => x + 1).toThrow(
      'arithmetic or comparison with an operator: arrays do not take part in JavaScript operators. Use the methods x.add(y)',
    )
    expect(() => x > 0).toThrow(CotangentError)
    expect(() => `${x}`).toThrow('conversion to a string')
  })
})

describe('tracers', () => {
  const x: NDArray = new Stand()
  test('have no values', async () => {
    const text =
      'the value of tracer f32[2] is not known while jit of step is tracing. Compute with array functions (np.where, lax.select)'
    expect(() => x.item()).toThrow(`item: ${text}`)
    expect(() => x.js()).toThrow(`js: ${text}`)
    expect(() => x.dataSync()).toThrow(`dataSync: ${text}`)
    await expect(x.data()).rejects.toThrow(`data: ${text}`)
    await expect(x.jsAsync()).rejects.toThrow(text)
    await expect(x.itemAsync()).rejects.toThrow(text)
    expect([x.toString(), x.shape]).toEqual(['Tracer f32[2] of jit of step', [2]])
    expect(() => x.dispose()).not.toThrow()
  })
})

describe('the interpreter', () => {
  test('is current while its body runs, also where that throws', () => {
    const base = currentInterpreter()
    const seen: string[] = []
    const spy: Interpreter = {
      name: 'spy',
      process: (primitive, inputs) => {
        seen.push(primitive)
        return inputs
      },
    }
    const x = constant(1, 'float32')
    expect(withInterpreter(spy, () => bind('neg', [x], {})[0])).toBe(x)
    expect(() =>
      withInterpreter(spy, () => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect([seen, currentInterpreter()]).toEqual([['neg'], base])
  })
})

describe('errors', () => {
  test('carry code, detail, cause and the line of the caller', () => {
    const cause = new Error('why')
    const {
      code,
      detail,
      message,
      name,
      cause: given,
    } = thrownBy(() =>
      fail('shape', { operation: 'add', shapes: [[2], [3]], expected: 'equal shapes' }, { cause }),
    )
    expect([code, name, given]).toEqual(['shape', 'CotangentError', cause])
    expect(detail).toEqual({ operation: 'add', shapes: [[2], [3]], expected: 'equal shapes' })
    expect(message).toMatch(
      /^add: equal shapes, got shapes \[2\] and \[3\]\.\n {4}at .*ndarray\.test\.ts:\d+:\d+$/,
    )
  })
  test('of ours ask for a report', () => {
    expect(() => invariant(false, () => 'pass x: equation y')).toThrow(
      new InvariantError(
        'cotangent bug: pass x: equation y. Please report it with the program that caused it.',
      ),
    )
    expect(() => invariant(true, 'fine')).not.toThrow()
  })
})

function thrownBy(body: () => unknown): CotangentError {
  try {
    body()
  } catch (error) {
    if (error instanceof CotangentError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
