/** placeholder */
import type { Environment } from './environment.js'
export const chromiumEnvironment = async (): Promise<Environment> => {
  throw new Error('not yet')
}
