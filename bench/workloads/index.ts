/**
 * All workloads, in the order of the table. `reduced` makes the heavy ones smaller, for devices that are emulated;
 * their names say the sizes.
 */

import { denseWorkloads } from './dense.js'
import { functionWorkloads } from './functions.js'
import { networkWorkloads } from './networks.js'
import type { Size, Workload } from './workload.js'

export const workloads = (size: Size): readonly Workload[] => [
  ...functionWorkloads(size),
  ...denseWorkloads(size),
  ...networkWorkloads(size),
]
