/** The transformations, as the rest of the library and the composition root see them. */

export { jvp, linearize, linearTranspose, vjp, type AuxOptions } from './derivatives.js'
export { grad, valueAndGrad, type GradOptions } from './grad.js'
export { jit, type Jitted, type JitOptions } from './jit.js'
export { vmap, type Axes, type VmapOptions } from './vectorize.js'
export { evalShape, makeJaxpr, type Structs, type TracedProgram } from './inspect.js'
export { installStages, type Stages, type StagesOf } from './stages.js'
export { setVerifyJaxprs } from './debug.js'
export { evalJaxpr } from './evaluate.js'
export type { ShapeStruct } from './structs.js'
