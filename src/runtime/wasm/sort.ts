/**
 * Sorting for generated code: lines of several operands in the backend's memory, stably by the first of them.
 */

import { defined } from '../../core/errors.js'

type Keys = Float32Array | Float64Array | Int32Array | Uint32Array

const views: readonly (new (buffer: ArrayBufferLike, offset: number, length: number) => Keys)[] = [
  Float32Array,
  Float64Array,
  Int32Array,
  Uint32Array,
]

/** NaN is last; -0 equals 0. */
function compare(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  return a === b ? 0 : Number(a !== a) - Number(b !== b)
}

/** Host function behind the import `sort`; see lowering/wasm/sort.ts for the list at `operands`. */
export const sortLines =
  (memory: WebAssembly.Memory) =>
  (outer: number, length: number, inner: number, keys: number, count: number, operands: number): void => {
    const words = new Uint32Array(memory.buffer, operands >>> 0, 3 * count)
    const size = outer * length * inner
    const view = (i: number, word: 1 | 2): Keys =>
      new (defined(views[words[3 * i] ?? 0], 'wasm: unknown lane'))(
        memory.buffer,
        words[3 * i + word] ?? 0,
        size,
      )
    const inputs = Array.from({ length: count }, (_, i) => view(i, 1))
    const outputs = Array.from({ length: count }, (_, i) => view(i, 2))
    const order = new Uint32Array(length)
    const lines = inputs.map((input) => input.slice(0, length))
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i
        lines.forEach((line, operand) => {
          const input = defined(inputs[operand], 'wasm: sort without an input')
          for (let j = 0; j < length; j++) line[j] = input[start + j * inner] ?? NaN
        })
        for (let j = 0; j < length; j++) order[j] = j
        sortOrder(order, lines.slice(0, keys))
        lines.forEach((line, operand) => {
          const output = defined(outputs[operand], 'wasm: sort without an output')
          for (let j = 0; j < length; j++) output[start + j * inner] = line[order[j] ?? 0] ?? NaN
        })
      }
    }
  }

/** Sorts `order` by the keys at its entries; ties keep their places (typed array sort is stable). */
function sortOrder(order: Uint32Array, keys: readonly Keys[]): void {
  const [first = new Float32Array(0), ...others] = keys
  if (others.length === 0) {
    order.sort((a, b) => compare(first[a] ?? NaN, first[b] ?? NaN))
    return
  }
  order.sort((a, b) => {
    for (const key of keys) {
      const result = compare(key[a] ?? NaN, key[b] ?? NaN)
      if (result !== 0) return result
    }
    return 0
  })
}
