/**
 * The functions of lowering/math as WGSL functions, each written once into the shaders that use it.
 * WGSL's own are not used: their accuracy is promised only loosely (sin to 2^-11, log near 1 to 2^-21, exp to 3 + 2|x| ulp).
 */

import { ExprBuilder, type AluName, type Expr, type MathName } from '../expr.js'
import { expandMath } from '../math/index.js'
import { Shader } from './shader.js'

/** The statements of a function of `parameters` (results 0, 1, … of the value) that returns `value`. */
export type FunctionWriter = (shader: Shader, parameters: readonly string[], value: Expr) => readonly string[]

const names = ['x', 'y']
const texts = new Map<AluName, string>()

/** The name of the shader's function for a MathName. */
export function mathFunction(shader: Shader, name: AluName, arity: number, write: FunctionWriter): string {
  const known = texts.get(name)
  const text = known ?? expansionText(shader, name as MathName, arity, write)
  if (known === undefined) texts.set(name, text)
  shader.define(`${name}F32`, () => text)
  return `${name}F32`
}

function expansionText(shader: Shader, name: MathName, arity: number, write: FunctionWriter): string {
  const b = new ExprBuilder()
  const parameters = names.slice(0, arity)
  const args: Expr[] = parameters.map((_, i) => b.result(i, 'f32'))
  // A shader of its own, so that the names inside do not depend on what uses the function.
  const lines = write(new Shader(shader.context), parameters, expandMath(b, name, args, false))
  const head = `fn ${name}F32(${parameters.map((x) => `${x}: f32`).join(', ')}) -> f32 {`
  return [head, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}
