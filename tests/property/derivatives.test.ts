// Laws of differentiation over random programs, in double precision on the reference device.

import { beforeAll } from 'vitest'
import { defaultDevice } from 'cotangent'
import { checkGrads, laws } from 'cotangent/testing'
import type { ProgramClass, RandomProgram } from 'cotangent/testing/arbitraries'
import type { PrimitiveName } from '../../src/core/jaxpr.js'
import { doublePrograms, exact, law, lawOfEach } from './support.js'

beforeAll(() => {
  defaultDevice('reference')
})

const differentiable = doublePrograms({ programClass: 'differentiable' })
const smooth = doublePrograms({ programClass: 'smooth' })
const reverse = doublePrograms({ programClass: 'reverse' })
/** Whole Jacobians and Hessians: fewer steps. */
const small = doublePrograms({ programClass: 'differentiable', maxSteps: 3 })

const part = (p: RandomProgram): ReturnType<typeof laws.floatPart> => laws.floatPart(p.f, p.inputs())

law('jvp and vjp agree with central differences', smooth, 40, async (p) => {
  const { f, xs } = part(p)
  await checkGrads(f, xs, { order: 1 })
})
law(
  'and so do the derivatives of derivatives',
  doublePrograms({ programClass: 'smooth', maxSteps: 3 }),
  20,
  async (p) => {
    const { f, xs } = part(p)
    await checkGrads(f, xs, { order: 2 })
  },
)
law('⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩', differentiable, 60, (p) => laws.adjoint(part(p).f, part(p).xs, exact))
law('jvp is linear', differentiable, 40, (p) => laws.linear(part(p).f, part(p).xs, exact))
law('linearize = jvp', differentiable, 40, (p) => laws.linearized(part(p).f, part(p).xs, exact))
law('jacfwd = jacrev', small, 25, (p) => laws.jacobians(part(p).f, part(p).xs, exact))
law('Hessians are symmetric', small, 12, (p) => laws.symmetricHessian(part(p).f, part(p).xs, exact))
law('perturbations are not confused', small, 25, (p) => laws.noConfusion(part(p).f, part(p).xs, exact))
law('transposing twice changes nothing', differentiable, 40, (p) =>
  laws.doubleTranspose(part(p).f, part(p).xs, exact),
)
law('checkpoint changes nothing', reverse, 40, (p) =>
  laws.transparentCheckpoint(part(p).f, part(p).xs, exact),
)

const alone = (programClass: ProgramClass) => (primitives: readonly PrimitiveName[]) =>
  doublePrograms({ programClass, primitives, maxSteps: 1 })

lawOfEach('jvp and vjp agree with central differences twice', 'smooth', alone('smooth'), 2, async (p) => {
  const { f, xs } = part(p)
  await checkGrads(f, xs, { order: 2 })
})
lawOfEach('⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩', 'differentiable', alone('differentiable'), 3, (p) =>
  laws.adjoint(part(p).f, part(p).xs, exact),
)
lawOfEach('checkpoint changes nothing', 'reverse', alone('reverse'), 1, (p) =>
  laws.transparentCheckpoint(part(p).f, part(p).xs, exact),
)
