/**
 * What a workload is: plain data, so that it can be sent to processes, pages and Python. Inputs are recipes, not
 * numbers: every library makes the same numbers from them.
 */

export interface TensorSpec {
  readonly shape: readonly number[]
  readonly seed: number
  /** Values are offset + scale · [-1, 1). */
  readonly scale: number
  readonly offset: number
  /** Instead of random numbers: row i has a 1 in column 7i mod columns. */
  readonly oneHot: boolean
}

export type Specs = Readonly<Record<string, TensorSpec>>

/** What is computed; a library has one implementation for each. */
export type Kind =
  | 'matmul'
  | 'conv'
  | 'convInputGradient'
  | 'convKernelGradient'
  | 'chain'
  | 'sum'
  | 'max'
  | 'argmax'
  | 'softmax'
  | 'layerNorm'
  | 'calls'
  | 'mlp'
  | 'autoencoder'
  | 'cnn'
  | 'lstm'
  | 'transformer'
  | 'gan'

export interface Workload {
  readonly name: string
  readonly kind: Kind
  /** Arrays that are only read. */
  readonly data: Specs
  /** Arrays that are trained; empty where nothing is. The name of a parameter says where it belongs: `dense1.kernel`. */
  readonly params: Specs
  /** The time is that of the first step of a fresh process. */
  readonly firstCall: boolean
  /** A step makes this many calls; the time of one is reported. */
  readonly callsPerStep: number
  /** Steps whose results are compared: several where there is training. */
  readonly checkedSteps: number
  /** How far results may be apart, as a share of the largest one. */
  readonly tolerance: number
  /** Multiplications and additions that nobody can do without. */
  readonly flops: number
  /** Bytes that have to come from memory or go there: inputs, results, and parameters with Adam's two averages. */
  readonly bytes: number
}

export type Size = 'full' | 'reduced'

export const adam = { rate: 1e-3, b1: 0.9, b2: 0.999, eps: 1e-8 }

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export const uniform = (shape: readonly number[], seed: number, scale = 1, offset = 0): TensorSpec => ({
  shape,
  seed,
  scale,
  offset,
  oneHot: false,
})

export const oneHot = (rows: number, classes: number): TensorSpec => ({
  shape: [rows, classes],
  seed: 0,
  scale: 1,
  offset: 0,
  oneHot: true,
})

/** A workload; what is left out is that of a plain function of its data. */
export const workload = (
  part: Pick<Workload, 'name' | 'kind' | 'data' | 'tolerance' | 'flops' | 'bytes'> & Partial<Workload>,
): Workload => ({
  params: {},
  firstCall: false,
  callsPerStep: 1,
  checkedSteps: 1,
  ...part,
})

const elements = (specs: Specs): number =>
  Object.values(specs).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** A training step: forward, backward and Adam. `products` are the multiplications of the forward pass. */
export const training = (
  part: Pick<Workload, 'name' | 'kind' | 'data' | 'params'> &
    Partial<Workload> & { readonly products: number },
): Workload => {
  const { products, ...rest } = part
  return workload({
    // A product is one multiplication and one addition; the backward pass makes two for each of the forward pass.
    flops: 6 * products + 12 * elements(part.params),
    // Adam reads and writes the parameter and both averages.
    bytes: 24 * elements(part.params) + 4 * elements(part.data),
    checkedSteps: 4,
    // Adam's steps are as long where a gradient is nearly 0 and its sign is noise.
    tolerance: 2e-4,
    ...rest,
  })
}

/** Kernel and bias of a dense layer, uniform as Glorot has it. */
export const denseParams = (name: string, inputs: number, outputs: number, seed: number): Specs => ({
  [`${name}.kernel`]: uniform([inputs, outputs], seed, Math.sqrt(6 / (inputs + outputs))),
  [`${name}.bias`]: uniform([outputs], seed + 1, 0.01),
})
