/**
 * Getting hold of a GPU: the browser's `navigator.gpu`, or the optional package `webgpu` (Dawn) in Node.
 * → adapter → device with the largest limits and the features that the emission can use; failures are data.
 */

import { CotangentError } from '../../core/errors.js'
import { E, pipe, TE, type TaskEither } from '../../core/fp.js'
import { baseLimits, type WgslLimits } from '../../lowering/wgsl/index.js'

/** Why there is no device. */
export type AcquireFailure =
  | { readonly kind: 'notInstalled'; readonly cause: unknown }
  | { readonly kind: 'notSupported' }
  | { readonly kind: 'noAdapter'; readonly cause?: unknown }
  | { readonly kind: 'refused'; readonly cause: unknown }

export interface AcquiredDevice {
  readonly device: GPUDevice
  readonly gpu: GPU
  readonly description: string
  readonly limits: WgslLimits
}

const isNode = (): boolean => typeof process !== 'undefined' && typeof process.versions?.node === 'string'

/**
 * Workgroup memory is zeroed by a loop in the shader: the Vulkan extension for it makes SwiftShader take half a
 * millisecond of compilation for each word.
 */
const dawnOptions = ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension']

/** The entry point of WebGPU in this environment. */
const findGpu: TaskEither<AcquireFailure, GPU> = async () => {
  const browser = typeof navigator === 'undefined' ? undefined : (navigator as { readonly gpu?: GPU }).gpu
  if (browser !== undefined) return E.right(browser)
  if (!isNode()) return E.left({ kind: 'notSupported' })
  try {
    // Not a literal, so that bundlers for the browser do not look for an optional package.
    const name = 'webgpu'
    const { create } = (await import(/* @vite-ignore */ name)) as {
      readonly create: (options: string[]) => GPU
    }
    return E.right(create(dawnOptions))
  } catch (cause) {
    return E.left({ kind: 'notInstalled', cause })
  }
}

const requestAdapter = (gpu: GPU): TaskEither<AcquireFailure, GPUAdapter> =>
  pipe(
    TE.tryCatch(
      () => gpu.requestAdapter({ powerPreference: 'high-performance' }),
      (cause): AcquireFailure => ({ kind: 'noAdapter', cause }),
    ),
    TE.chain((adapter) =>
      adapter === null ? TE.left<AcquireFailure, GPUAdapter>({ kind: 'noAdapter' }) : TE.right(adapter),
    ),
  )

const wantedFeatures = ['subgroups', 'timestamp-query', 'shader-f16'] as const
const wantedLimits = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const

const requestDevice = (adapter: GPUAdapter): TaskEither<AcquireFailure, GPUDevice> =>
  TE.tryCatch(
    () =>
      adapter.requestDevice({
        requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
        requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
      }),
    (cause): AcquireFailure => ({ kind: 'refused', cause }),
  )

function limitsOf({ limits }: GPUDevice): WgslLimits {
  return {
    maxBindings: limits.maxStorageBuffersPerShaderStage,
    maxGroups: limits.maxComputeWorkgroupsPerDimension,
    maxGroupSize: Math.min(
      baseLimits.maxGroupSize,
      limits.maxComputeInvocationsPerWorkgroup,
      limits.maxComputeWorkgroupSizeX,
    ),
    maxGroupBytes: limits.maxComputeWorkgroupStorageSize,
  }
}

/** `WebGPU (SwiftShader, google; software)`. */
function describe(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info
  const name = [description, device, architecture].find((text) => text !== '') ?? 'unnamed adapter'
  return `WebGPU (${[name, vendor].filter((text) => text !== '').join(', ')}${isFallbackAdapter ? '; software' : ''})`
}

/** A GPU device, or the reason why there is none. */
export const acquireDevice: TaskEither<AcquireFailure, AcquiredDevice> = pipe(
  findGpu,
  TE.chain((gpu) =>
    pipe(
      requestAdapter(gpu),
      TE.chain((adapter) =>
        pipe(
          requestDevice(adapter),
          TE.map((device) => ({ device, gpu, description: describe(adapter), limits: limitsOf(device) })),
        ),
      ),
    ),
  ),
)

const elsewhere = "The device 'wasm' works everywhere."

const reasons: { readonly [K in AcquireFailure['kind']]: readonly [reason: string, fix: string] } = {
  notInstalled: [
    "the package 'webgpu', which brings WebGPU to Node, is not installed or does not load",
    `Run \`npm install webgpu\`. ${elsewhere}`,
  ],
  notSupported: [
    'this browser has no WebGPU (navigator.gpu)',
    `Use a browser with WebGPU, over https or localhost. ${elsewhere}`,
  ],
  noAdapter: ['no adapter was found', `Install a driver for Vulkan, Metal or Direct3D 12. ${elsewhere}`],
  refused: [
    'the adapter gave no device',
    `Close other programs that use the GPU and call init('webgpu') again. ${elsewhere}`,
  ],
}

/** The failure as an error to throw. */
export function acquireError(failure: AcquireFailure): CotangentError<'device'> {
  const [reason, fix] = reasons[failure.kind]
  const cause = 'cause' in failure ? failure.cause : undefined
  const detail = cause instanceof Error ? ` (${cause.message.split('\n')[0]})` : ''
  return new CotangentError(
    'device',
    { operation: 'init', device: 'webgpu', reason: `${reason}${detail}`, fix },
    { cause },
  )
}
