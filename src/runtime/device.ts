/**
 * A device handle: a backend with its compiled programs. Jaxpr → executable, host numbers → array.
 */

import type { Aval } from '../core/aval.js'
import type { DeviceName } from '../core/device.js'
import type { DType, HostArray } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { subJaxprs, type Jaxpr } from '../core/jaxpr.js'
import type { ConcreteArray } from '../core/ndarray.js'
import { printJaxpr } from '../core/print.js'
import type { Backend, Buffer, Executable } from './backend.js'
import { arrayOf, type DeviceHandle } from './storage.js'

/** Programs kept for jaxprs that are traced anew each time (an eager call of a function with a custom rule). */
const keptPrograms = 256

interface Compiled {
  readonly donated: readonly boolean[]
  readonly executable: Executable
}

/** A backend in use; after it was lost, everything but its name and the reason is gone. */
export class BackendDevice implements DeviceHandle {
  readonly name: DeviceName
  readonly backend: Backend
  arrays = 0
  readonly #programs = new WeakMap<Jaxpr, Compiled>()
  readonly #byText = new Map<string, Executable>()
  #lost: string | null = null

  constructor(backend: Backend) {
    this.backend = backend
    this.name = backend.name
    void backend.lost?.then((reason) => this.close(reason))
  }

  get description(): string {
    return this.backend.description
  }
  get isAlive(): boolean {
    const failure = this.backend.failure ?? null
    if (failure !== null) this.close(failure)
    return this.#lost === null
  }
  checkAlive(operation: string): void {
    if (this.isAlive || this.#lost === null) return
    fail('device', {
      operation,
      device: this.name,
      reason: this.#lost,
      fix: `Its arrays are gone: call \`await init('${this.name}')\` and make them again.`,
    })
  }
  supports(dtype: DType): boolean {
    return this.backend.supports(dtype)
  }
  put(aval: Aval, data: HostArray): ConcreteArray {
    this.checkAlive('array creation')
    this.#checkDType('array creation', aval.dtype)
    return arrayOf(this, this.backend.put(aval, data), aval, true)
  }
  putBuffer(aval: Aval, data: HostArray): Buffer {
    return this.backend.put(aval, data)
  }
  /** Compiled on first use, once for all jaxprs of the same text. */
  executable(jaxpr: Jaxpr, donated: readonly boolean[], operation: string): Executable {
    const known = this.#programs.get(jaxpr)
    if (known !== undefined && sameFlags(known.donated, donated)) return known.executable
    this.checkAlive(operation)
    const flags = jaxpr.inputs.map((_, i) => donated[i] === true)
    const text = `${flags.map(Number).join('')} ${printJaxpr(jaxpr)}`
    const executable = this.#byText.get(text) ?? this.#compile(jaxpr, flags, operation)
    // Reinserting makes the map's order the order of last use.
    this.#byText.delete(text)
    this.#byText.set(text, executable)
    const [oldest] = this.#byText.keys()
    if (this.#byText.size > keptPrograms && oldest !== undefined) this.#byText.delete(oldest)
    this.#programs.set(jaxpr, { donated, executable })
    return executable
  }
  /** Ends the device; `reason` is what later uses of its arrays say. */
  close(reason: string): void {
    if (this.#lost !== null) return
    this.#lost = reason
    this.#byText.clear()
    this.backend.close(reason)
  }

  #compile(jaxpr: Jaxpr, donated: readonly boolean[], operation: string): Executable {
    this.#checkProgram(jaxpr, operation)
    return this.backend.compile(jaxpr, donated)
  }
  #checkProgram(jaxpr: Jaxpr, operation: string): void {
    for (const v of jaxpr.inputs) this.#checkDType(operation, v.aval.dtype)
    for (const eqn of jaxpr.equations) {
      for (const v of eqn.outputs) this.#checkDType(`${operation} (${eqn.primitive})`, v.aval.dtype)
      for (const sub of subJaxprs(eqn)) this.#checkProgram(sub, operation)
    }
  }
  #checkDType(operation: string, dtype: DType): void {
    if (this.backend.supports(dtype)) return
    fail('dtype', {
      operation,
      dtypes: [dtype],
      expected: `a dtype that device '${this.name}' has`,
      fix: "Convert with astype, or compute on 'wasm'.",
    })
  }
}

const sameFlags = (a: readonly boolean[], b: readonly boolean[]): boolean =>
  a === b || (a.length === b.length && a.every((flag, i) => flag === b[i]))
