/**
 * The base interpreter: it runs primitives on arrays that have values. A jit equation runs the executable of its
 * jaxpr; any other primitive runs as a cached program of one equation. No operation is implemented here.
 */

import type { Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { hostArray } from '../core/dtype.js'
import { defined, fail } from '../core/errors.js'
import { leaked, type Interpreter } from '../core/interpreter.js'
import type { Jaxpr, Params, PrimitiveName } from '../core/jaxpr.js'
import { ConcreteArray, type NDArray, type Storage, type Tracer } from '../core/ndarray.js'
import { noForwardRule } from '../core/primitives/call.js'
import { abstractEval } from '../core/primitives/index.js'
import type { Buffer } from './backend.js'
import { defaultHandle } from './devices.js'
import { controlProgram } from './controlProgram.js'
import { eagerProgram } from './eager.js'
import { whenForgotten } from './pressure.js'
import { arrayOf, DeviceStorage, SharedBuffer, type DeviceHandle } from './storage.js'

const nothingDonated: readonly boolean[] = []

/** Runs `jaxpr` on arrays of one device; the arrays that `donated` marks are gone afterwards. */
function runJaxpr(
  jaxpr: Jaxpr,
  inputs: readonly NDArray[],
  donated: readonly boolean[],
  operation: string,
): ConcreteArray[] {
  const storages = storagesOf(inputs, operation)
  const device = deviceOf(storages, operation)
  const executable = device.executable(jaxpr, donated, operation)
  const donates = donated.includes(true)
  const owned = donates ? ownedInputs(storages, donated) : donated
  const temporaries: Buffer[] = []
  try {
    const buffers = storages.map((storage, i) => {
      if (storage instanceof DeviceStorage) {
        if (owned[i] === true) storage.give()
        return storage.shared.buffer
      }
      // A constant is on no device. A small one becomes a buffer for this call.
      const { aval } = defined(jaxpr.inputs[i], 'a program was called with too many arrays')
      if (owned[i] !== true && aval.size > smallConstant)
        return materialized(storage, aval, device).shared.buffer
      const buffer = filledBuffer(storage, aval, device)
      if (owned[i] !== true) temporaries.push(buffer)
      return buffer
    })
    const outputs = executable.run(buffers, owned)
    return outputs.map((buffer, i) =>
      arrayOf(device, buffer, defined(jaxpr.outputs[i], 'a program gave too many results').aval),
    )
  } finally {
    if (donates) inputs.forEach((x, i) => donated[i] === true && (x as ConcreteArray).invalidate('donated'))
    for (const buffer of temporaries) device.backend.free(buffer)
  }
}

const smallConstant = 256
/** Larger constants that were needed as arrays; their buffers live as long as they do. */
const filled = new WeakMap<Storage, DeviceStorage>()

function filledBuffer({ fill }: Storage, aval: Aval, device: DeviceHandle): Buffer {
  const data = hostArray(aval.dtype, aval.size)
  return device.putBuffer(aval, fill === null || Object.is(fill, 0) ? data : data.fill(fill))
}

function materialized(constant: Storage, aval: Aval, device: DeviceHandle): DeviceStorage {
  const known = filled.get(constant)
  if (known?.shared.device === device) return known
  const made = new DeviceStorage(new SharedBuffer(device, filledBuffer(constant, aval, device)))
  filled.set(constant, made)
  whenForgotten(constant, made)
  return made
}

function storagesOf(inputs: readonly NDArray[], operation: string): Storage[] {
  return inputs.map((x) =>
    x instanceof ConcreteArray ? x.storage(operation) : leaked(operation, x as Tracer),
  )
}

/** The one device that holds the inputs; the default device where all of them are constants. */
function deviceOf(storages: readonly Storage[], operation: string): DeviceHandle {
  let device: DeviceHandle | null = null
  for (const storage of storages) {
    if (!(storage instanceof DeviceStorage)) continue
    const here = storage.shared.device
    if (here === device) continue
    here.checkAlive(operation)
    if (device !== null) {
      return fail('device', {
        operation,
        device: here.name,
        reason: `the arguments are on different devices ('${device.name}' and '${here.name}')`,
        fix: `Move them to one device: devicePut(x, '${device.name}').`,
      })
    }
    device = here
  }
  return device ?? defaultHandle()
}

/** Which donated buffers the program may have: those that no other array and no other argument holds. */
function ownedInputs(storages: readonly Storage[], donated: readonly boolean[]): boolean[] {
  for (const storage of storages) if (storage instanceof DeviceStorage) storage.shared.uses++
  const owned = storages.map((storage, i) => {
    const alone =
      !(storage instanceof DeviceStorage) || (storage.shared.owners === 1 && storage.shared.uses === 1)
    return donated[i] === true && alone
  })
  for (const storage of storages) if (storage instanceof DeviceStorage) storage.shared.uses = 0
  return owned
}

/** Runs one primitive as a program of its own; constants go in as rank-0 arrays. */
function runEagerly<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
): readonly NDArray[] {
  return runJaxpr(eagerProgram(primitive, inputs, params), inputs, nothingDonated, primitive)
}

/** Only rearranges, so that a constant stays one. */
const keepsConstants: ReadonlySet<PrimitiveName> = new Set([
  'broadcastInDim',
  'reshape',
  'transpose',
  'reverse',
  'slice',
  'stopGradient',
])
/** Keeps row-major order, so that the result can share the buffer if it is as large. */
const keepsOrder: ReadonlySet<PrimitiveName> = new Set(['broadcastInDim', 'reshape', 'stopGradient'])

/** The result without running anything, where there is one. */
function withoutRunning<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
): NDArray | null {
  const x = inputs[0]
  if (!keepsConstants.has(primitive) || !(x instanceof ConcreteArray)) return null
  const storage = x.storage(primitive)
  const [aval] = abstractEval(primitive, [x.aval], params)
  if (aval === undefined) return null
  if (storage.fill !== null) return constant(storage.fill, aval.dtype, aval.shape)
  const shares = storage instanceof DeviceStorage && aval.size === x.size && keepsOrder.has(primitive)
  return shares ? new ConcreteArray(aval, new DeviceStorage(storage.shared)) : null
}

/** A slice is a dynamic one whose start happens to be known: a loop over positions needs one program, not one for each. */
function runSlice(
  inputs: readonly NDArray[],
  { start, limit, strides }: Params<'slice'>,
): readonly NDArray[] {
  if (strides.some((s) => s !== 1)) return runEagerly('slice', inputs, { start, limit, strides })
  const sliceSizes = start.map((s, axis) => (limit[axis] ?? s) - s)
  return runEagerly('dynamicSlice', [...inputs, ...start.map((s) => constant(s, 'int32'))], { sliceSizes })
}

type Rule<P extends PrimitiveName> = (inputs: readonly NDArray[], params: Params<P>) => readonly NDArray[]

const runCall: Rule<'checkpoint' | 'customJvp' | 'customVjp'> = (inputs, { jaxpr, name }) =>
  runJaxpr(jaxpr, inputs, nothingDonated, name)

/** Control flow is known by its bodies, so its programs are kept by their identity. */
const runControl =
  <P extends 'scan' | 'while' | 'switch'>(primitive: P): Rule<P> =>
  (inputs, params) =>
    runJaxpr(controlProgram(primitive, inputs, params), inputs, nothingDonated, primitive)

/** The primitives that are not a program of one equation. */
const special: { readonly [P in PrimitiveName]?: Rule<P> } = {
  jit: (inputs, { jaxpr, donated, name }) => runJaxpr(jaxpr, inputs, donated, name),
  checkpoint: runCall,
  customJvp: runCall,
  customVjp: runCall,
  customLinear: (_, { name }) => noForwardRule(name),
  slice: runSlice,
  scan: runControl('scan'),
  while: runControl('while'),
  switch: runControl('switch'),
}

/** The interpreter for arrays that have values. */
export const evaluator: Interpreter = {
  name: 'evaluation',
  process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[] {
    const known = withoutRunning(primitive, inputs, params)
    if (known !== null) return [known]
    const rule: Rule<P> | undefined = special[primitive]
    return rule === undefined ? runEagerly(primitive, inputs, params) : rule(inputs, params)
  },
}
