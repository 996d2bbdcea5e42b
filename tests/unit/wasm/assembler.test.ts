/** The assembler: every instruction encodes to a valid module, control flow runs, text shows what was built. */

import { describe, expect, it } from 'vitest'
import { encodeModule } from '../../../src/lowering/wasm/assembler/encode.js'
import {
  block,
  branch,
  call,
  constant,
  get,
  i32,
  lane,
  laneMemory,
  load,
  makeLabel,
  op,
  set,
  shuffleWords,
  store,
  vectorConstant,
  when,
  type Instruction,
  type ValueType,
} from '../../../src/lowering/wasm/assembler/instruction.js'
import { countedLoop, FunctionBuilder, ModuleBuilder } from '../../../src/lowering/wasm/assembler/module.js'
import * as opcodes from '../../../src/lowering/wasm/assembler/opcodes.js'
import { printModule } from '../../../src/lowering/wasm/assembler/print.js'

const memory = new WebAssembly.Memory({ initial: 1 })

/** Calls the one exported function of a module that imports `double`. */
function run(fn: FunctionBuilder, module = new ModuleBuilder()): (...args: number[]) => number {
  module.functions.push(fn)
  module.exports.push(fn)
  const env = { memory, double: (x: number) => 2 * x }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(encodeModule(module)), { env })
  return exports[fn.name] as (...args: number[]) => number
}

/** The type of the operands and of the result of an instruction, from its name. */
function operandTypes(name: string): { operand: ValueType; result: ValueType } {
  const [family = 'i32', rest = ''] = name.split('.')
  const scalar = (text: string): ValueType | undefined =>
    (['i32', 'f32', 'f64'] as const).find((t) => text.includes(`_${t}`) && !text.includes(`${t}x`))
  if (!(family === 'i32' || family === 'f32' || family === 'f64')) {
    if (rest === 'splat') return { operand: family.slice(0, 3) as ValueType, result: 'v128' }
    const toScalar = rest === 'any_true' || rest === 'all_true' || rest === 'bitmask'
    return { operand: 'v128', result: toScalar ? 'i32' : 'v128' }
  }
  const operand = /^(convert|demote|promote|reinterpret|trunc_sat)/.test(rest)
    ? (scalar(rest) ?? family)
    : family
  const test = /^(eqz?|ne|lt|gt|le|ge)(_|$)/.test(rest)
  return { operand, result: test ? 'i32' : family }
}

const zero = (type: ValueType): Instruction =>
  type === 'v128' ? vectorConstant([1, 2, 3, 4]) : constant(type, 1)

describe('encoding', () => {
  it.each([...Object.keys(opcodes.unary), ...Object.keys(opcodes.binary)])('%s is valid', (name) => {
    const { operand, result } = operandTypes(name)
    const fn = new FunctionBuilder('f', [], [result])
    const count = name in opcodes.unary ? 1 : 2
    // The count of a shift of lanes is a scalar.
    const second: ValueType = /x4\.sh[lr]/.test(name) ? 'i32' : operand
    fn.body.push(op(name as opcodes.Unary, ...[zero(operand), zero(second)].slice(0, count)))
    const module = new ModuleBuilder()
    module.functions.push(fn)
    expect(WebAssembly.validate(encodeModule(module))).toBe(true)
  })

  it('memory, lanes, shuffles, selects', () => {
    const fn = new FunctionBuilder('f', [['at', 'i32']], ['i32'])
    const at = get(fn.parameters[0] ?? fn.local('i32', 'none'))
    const v = fn.local('v128', 'v')
    fn.body.push(
      store('v128.store', at, vectorConstant([10, 20, 30, 40]), 16),
      set(v, load('v128.load32_zero', at, 20)),
      set(v, laneMemory('v128.load32_lane', at, get(v), 3, 28)),
      set(v, shuffleWords(get(v), vectorConstant([7, 8, 9, 5]), [0, 3, 7, 4])),
      laneMemory('v128.store64_lane', at, get(v), 0, 0),
      laneMemory('v128.store32_lane', at, get(v), 2, 8),
      set(v, lane('i32x4.replace_lane', 1, load('v128.load', at), i32(1000))),
      set(v, op('v128.bitselect', get(v), load('v128.load32_splat', at, 8), vectorConstant([-1, -1, 0, 0]))),
      op(
        'select',
        lane('i32x4.extract_lane', 1, get(v)),
        i32(0),
        op('i32.eq', lane('i32x4.extract_lane', 3, get(v)), i32(5)),
      ),
    )
    expect(run(fn)(64)).toBe(1000)
    expect([...new Int32Array(memory.buffer, 64, 3)]).toEqual([20, 40, 5])
  })

  it('constants, at the borders of their encodings', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
      const fn = new FunctionBuilder('f', [], ['i32'])
      fn.body.push(i32(value))
      expect(run(fn)()).toBe(value)
    }
    for (const value of [0, -0, 1.5, -1e30, Infinity, NaN]) {
      const fn = new FunctionBuilder('f', [], ['f64'])
      fn.body.push(op('f64.promote_f32', constant('f32', value)))
      expect(run(fn)()).toBe(Math.fround(value))
    }
  })

  it('loops, branches, imports and calls', () => {
    const module = new ModuleBuilder()
    const double = module.import('double', ['i32'], ['i32'])
    expect(module.import('double', ['i32'], ['i32'])).toBe(double)
    const inner = new FunctionBuilder(
      'addDouble',
      [
        ['x', 'i32'],
        ['y', 'i32'],
      ],
      ['i32'],
    )
    const [x, y] = inner.parameters.map(get) as [Instruction, Instruction]
    inner.body.push(op('i32.add', x, call(double, y)))
    module.functions.push(inner)
    // The sum of 2 i for i < n, i ≠ 3; 0 loops give 0.
    const fn = new FunctionBuilder('sum', [['n', 'i32']], ['i32'])
    const [n] = fn.parameters.map(get) as [Instruction]
    const [i, total] = [fn.local('i32', 'i'), fn.local('i32', 'total')]
    const skip = makeLabel('skip')
    const body = block(skip, [
      branch(skip, op('i32.eq', get(i), i32(3))),
      set(total, call(inner, get(total), get(i))),
    ])
    fn.body.push(
      ...countedLoop(i, i32(0), n, 1, [body], false),
      when(op('i32.eqz', n), [set(total, i32(-1))], [set(total, op('i32.add', get(total), i32(0)))]),
      get(total),
    )
    const sum = run(fn, module)
    expect([0, 1, 3, 4, 6].map((count) => sum(count))).toEqual([-1, 0, 6, 6, 24])
  })

  it('rejects what WebAssembly cannot say', () => {
    expect(() => op('i32.add', i32(1))).toThrow(/i32.add with 1 operands/)
    expect(() => load('i32.load', i32(0), -4)).toThrow(/offset -4/)
    const fn = new FunctionBuilder('f', [])
    fn.body.push(branch(makeLabel('nowhere')))
    const module = new ModuleBuilder()
    module.functions.push(fn)
    expect(() => encodeModule(module)).toThrow(/nowhere/)
  })
})

describe('text', () => {
  it('is folded, with names', () => {
    const module = new ModuleBuilder()
    const fn = new FunctionBuilder('scale', [
      ['at', 'i32'],
      ['n', 'i32'],
    ])
    const [at, n] = fn.parameters.map(get) as [Instruction, Instruction]
    const i = fn.local('i32', 'i')
    const value = op('f32x4.mul', load('v128.load', at, 16), vectorConstant([0, 1, 2, -1]))
    fn.body.push(...countedLoop(i, i32(0), n, 4, [store('v128.store', at, value)], true))
    module.functions.push(fn)
    module.exports.push(fn)
    expect(printModule(module)).toMatchInlineSnapshot(`
      "(module
        (import "env" "memory" (memory 0))
        (func $scale (export "scale") (param $at i32) (param $n i32)
          (local $i_2 i32)
          (local.set $i_2 (i32.const 0))
          (loop $i_2_next
            (v128.store
              (local.get $at)
              (f32x4.mul
                (v128.load offset=16 (local.get $at))
                (v128.const i32x4 0x00000000 0x00000001 0x00000002 0xffffffff)))
            (local.set $i_2 (i32.add (local.get $i_2) (i32.const 4)))
            (br_if $i_2_next (i32.lt_s (local.get $i_2) (local.get $n))))))
      "
    `)
  })
})
