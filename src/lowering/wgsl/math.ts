/**
 * The functions of lowering/math as WGSL functions, each written once into the shaders that use it.
 * WGSL's own are not used: their accuracy is promised only loosely (sin to 2^-11, log near 1 to 2^-21, exp to 3 + 2|x| ulp).
 */

import { ExprBuilder, type AluName, type Expr, type MathName } from '../expr.js'
import { mathExpansions } from '../math/index.js'
import { Body, unwrapped } from './body.js'
import { Shader } from './shader.js'

const parameters = ['x', 'y']
const texts = new Map<AluName, string>()

/** The name of the shader's function for a MathName. */
export function mathFunction(shader: Shader, name: AluName, arity: number): string {
  const known = texts.get(name)
  const text = known ?? expansionText(shader, name as MathName, arity)
  if (known === undefined) texts.set(name, text)
  shader.define(`${name}F32`, () => text)
  return `${name}F32`
}

function expansionText(shader: Shader, name: MathName, arity: number): string {
  const b = new ExprBuilder()
  const used = parameters.slice(0, arity)
  const args: Expr[] = used.map((_, i) => b.result(i, 'f32'))
  const value = mathExpansions[name](b, ...args)
  // A shader of its own, so that the names inside do not depend on what uses the function.
  const body = new Body(new Shader(shader.context), { results: new Map(used.map((x, i) => [i, () => x])) })
  body.prepare([value])
  const result = unwrapped(body.value(value))
  const lines = [...body.lines, `return ${result};`].map((line) => `  ${line}`)
  return [`fn ${name}F32(${used.map((x) => `${x}: f32`).join(', ')}) -> f32 {`, ...lines, '}'].join('\n')
}
