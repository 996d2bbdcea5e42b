import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { avalOf } from '../../src/core/aval.js'
import { CotangentError } from '../../src/core/errors.js'
import { E } from '../../src/core/fp.js'
import type { Program } from '../../src/lowering/kernel.js'
import {
  acquireError,
  acquireWebgpu,
  createWebgpuBackend,
  type WebgpuBackend,
} from '../../src/runtime/webgpu/index.js'
import { ProgramBuilder } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

const aval = avalOf([4], 'float32')
const put = (...values: number[]) => backend.put(aval, Float32Array.from(values))
const error = async (promise: Promise<unknown>): Promise<CotangentError> => {
  const reason: unknown = await promise.then(
    () => null,
    (e: unknown) => e,
  )
  expect(reason).toBeInstanceOf(CotangentError)
  return reason as CotangentError
}

/** out = x + 1, twice over through an intermediate; `inPlace` puts the result into the input's memory. */
function addTwo(inPlace = false): Program {
  const p = new ProgramBuilder()
  const at = p.flat([4])
  const one = p.b.constant(1, 'f32')
  const [x, middle] = [p.input('float32', 4), p.temporary('float32', 4)]
  const first = { buffer: middle, position: at, value: p.b.alu('add', p.load(x, at), one) }
  const second = p.result('float32', [4], p.b.alu('add', p.load(middle, at), one))
  const loops = [first, second].map((store) => ({ kind: 'loop' as const, shape: [4], stores: [store] }))
  return p.build(loops, inPlace ? { [second.buffer]: { kind: 'input', input: 0 } } : {})
}

describe('programs', () => {
  test('each run is one submit, however many kernels it has', async () => {
    const executable = backend.compileProgram(addTwo())
    expect(executable.kernelCount).toBe(2)
    const x = put(1, 2, 3, 4)
    const before = backend.submits
    const [y] = executable.run([x], [false])
    expect(backend.submits - before).toBe(1)
    if (y === undefined) throw new Error('no result')
    expect([...(await backend.read(y, aval))]).toEqual([3, 4, 5, 6])
    expect([...(await backend.read(x, aval))]).toEqual([1, 2, 3, 4])
  })

  test('a donated input gives its memory to the result; a shared one survives', async () => {
    const executable = backend.compileProgram(addTwo(true))
    const x = put(1, 2, 3, 4)
    const [y] = executable.run([x], [false])
    if (y === undefined) throw new Error('no result')
    expect(y.allocation).not.toBe(x.allocation)
    const [z] = executable.run([y], [true])
    if (z === undefined) throw new Error('no result')
    expect(z.allocation).toBe(y.allocation)
    expect([...(await backend.read(x, aval))]).toEqual([1, 2, 3, 4])
    expect([...(await backend.read(z, aval))]).toEqual([5, 6, 7, 8])
  })

  test('a donated input that no result takes goes back to the pool', () => {
    const executable = backend.compileProgram(addTwo())
    const before = backend.memory().liveBytes
    for (let i = 0; i < 20; i++) {
      const [y] = executable.run([put(1, 2, 3, 4)], [true])
      if (y !== undefined) backend.free(y)
    }
    expect(backend.memory().liveBytes).toBe(before)
  })

  test('what was asked for is read before a later program overwrites it', async () => {
    const executable = backend.compileProgram(addTwo(true))
    const x = put(1, 1, 1, 1)
    const read = backend.read(x, aval)
    executable.run([x], [true])
    expect([...(await read)]).toEqual([1, 1, 1, 1])
  })

  test('memory stays flat over many steps', async () => {
    const executable = backend.compileProgram(addTwo())
    let x = put(0, 0, 0, 0)
    let after = 0
    for (let i = 0; i < 200; i++) {
      const [y] = executable.run([x], [true])
      if (y === undefined) throw new Error('no result')
      x = y
      const { liveBytes, pooledBytes } = backend.memory()
      if (i === 10) after = liveBytes + pooledBytes
    }
    expect([...(await backend.read(x, aval))]).toEqual([400, 400, 400, 400])
    const { liveBytes, pooledBytes } = backend.memory()
    expect(liveBytes + pooledBytes).toBe(after)
  })

  test('explains itself', () => {
    const text = backend.compileProgram(addTwo()).explain()
    expect(text['wgsl']).toContain('@compute @workgroup_size(64)')
    expect(text['kernels']).toContain('loop')
    expect(text['memory']).toContain('slot 0')
  })
})

describe('dtypes', () => {
  test('float64 is not supported, everything else is', () => {
    expect(backend.supports('float64')).toBe(false)
    for (const dtype of [
      'float32',
      'float16',
      'bfloat16',
      'int32',
      'uint32',
      'int8',
      'uint8',
      'bool',
    ] as const)
      expect(backend.supports(dtype)).toBe(true)
  })
  test('arrays without elements can be made and read', async () => {
    const empty = avalOf([0, 3], 'int8')
    expect(await backend.read(backend.put(empty, new Int8Array(0)), empty)).toEqual(new Int8Array(0))
  })
})

describe('failures', () => {
  test('reading at once names the form that works', () => {
    expect(() => backend.readSync()).toThrow(
      /device 'webgpu' cannot be read synchronously. Use `await x.data\(\)`/,
    )
  })

  test('a buffer beyond the limits is an error that names them', () => {
    const huge = avalOf([2 ** 40], 'float32')
    expect(() => backend.put(huge, new Float32Array(0))).toThrow(
      /a buffer of 4194304\.0 MiB is more than the device allows .*maxStorageBufferBindingSize/,
    )
    const p = new ProgramBuilder()
    const store = p.result('float32', [2 ** 40], p.b.constant(0, 'f32'))
    expect(() =>
      backend.compileProgram(p.build([{ kind: 'loop', shape: [2 ** 40], stores: [store] }])),
    ).toThrow(CotangentError)
  })

  test('a rejected shader fails the reads of its results, by the name of its kernel, and nothing else', async () => {
    const p = new ProgramBuilder()
    // A lane that contradicts the operands: the shader adds a float and an integer.
    const sum = p.b.alu('add', p.load(p.input('float32', 4), p.flat([4])), p.b.constant(1, 'i32'))
    const broken = backend.compileProgram(
      p.build([{ kind: 'loop', shape: [4], stores: [p.result('int32', [4], sum)] }]),
    )
    const before = put(1, 2, 3, 4)
    await backend.read(before, aval)
    const [spoiled] = broken.run([before], [false])
    if (spoiled === undefined) throw new Error('no result')
    const failure = await error(backend.read(spoiled, aval))
    expect(failure.code).toBe('device')
    expect(failure.message).toMatch(/kernel 'loop 0 \[4\]'.*its shader was rejected/)
    expect([...(await backend.read(before, aval))]).toEqual([1, 2, 3, 4])
    expect(() => broken.run([before], [false])).toThrow(/its shader was rejected/)
    expect([...(await backend.read(put(9, 9, 9, 9), aval))]).toEqual([9, 9, 9, 9])
  })

  test('a lost device fails pending reads and later work; another can be acquired', async () => {
    const doomed = await createWebgpuBackend()
    const x = doomed.put(aval, Float32Array.of(1, 2, 3, 4))
    const executable = doomed.compileProgram(addTwo())
    const pending = doomed.read(x, aval)
    doomed.close()
    const failure = await error(pending)
    expect(failure.code).toBe('device')
    expect(failure.message).toContain("await init('webgpu')")
    expect((await error(doomed.read(x, aval))).code).toBe('device')
    expect(() => doomed.put(aval, new Float32Array(4))).toThrow(/closed/)
    expect(() => executable.run([x], [false])).toThrow(/closed/)
    expect(await doomed.lost).toBe('it was closed')
    const next = await acquireWebgpu()
    expect(E.isRight(next)).toBe(true)
    if (E.isRight(next)) {
      const y = next.right.put(aval, Float32Array.of(1, 2, 3, 4))
      expect([...(await next.right.read(y, aval))]).toEqual([1, 2, 3, 4])
      next.right.close()
    }
  })

  test('each reason for having no device names a fix', () => {
    expect(acquireError({ kind: 'notInstalled', cause: new Error('Cannot find package') }).message).toContain(
      'npm install webgpu',
    )
    expect(acquireError({ kind: 'noAdapter' }).message).toContain('driver')
    expect(acquireError({ kind: 'notSupported' }).message).toContain('navigator.gpu')
    expect(acquireError({ kind: 'refused', cause: new Error('no') }).message).toContain("init('webgpu')")
  })
})

const run = (code: string, env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env,
      encoding: 'utf8',
      timeout: 30_000,
    },
  )

describe('processes', () => {
  test('end by themselves while a device is alive', () => {
    const { status, stdout } = run(`
      const { createWebgpuBackend } = await import('./src/runtime/webgpu/index.ts')
      globalThis.kept = await createWebgpuBackend()
      console.log(globalThis.kept.name)`)
    expect(stdout).toBe('webgpu\n')
    expect(status).toBe(0)
  })
  test('without an adapter get a device error', () => {
    const { status, stdout } = run(
      `
      const { createWebgpuBackend } = await import('./src/runtime/webgpu/index.ts')
      await createWebgpuBackend().catch((error) => console.log(error.code, error.message))`,
      { ...process.env, VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' },
    )
    expect(stdout).toContain('device init: ')
    expect(stdout).toContain('no adapter was found')
    expect(status).toBe(0)
  })
})
