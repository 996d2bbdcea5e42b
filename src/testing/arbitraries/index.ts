/**
 * Arbitraries for fast-check: shapes, arrays, trees, and well-typed random programs over every primitive.
 * fast-check is an optional peer of the package, which is why they have an entry of their own.
 */

import '../../install.js'

export { arrays, broadcastableShapes, shapes, trees, type ArrayOptions, type ShapeOptions } from './arrays.js'
export { programs, type ProgramOptions, type RandomProgram } from './programs.js'
export type { ProgramClass } from '../programs/generators/index.js'
