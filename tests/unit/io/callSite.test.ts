// A file that cannot be read or written: the error names the line that asked for it, whoever awaits it and however late.

import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { CotangentError, data, io, numpy as np } from '../../../src/index.js'
import { E } from '../../../src/core/fp.js'

const garbage = new Uint8Array(50).fill(255)
const nowhere = join(tmpdir(), 'cotangent-no-such-folder', 'x')
const noLabels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0)
const image = np.zeros([2, 2])

/** Where in this file it is called, as a stack says it. */
function here(): string {
  const line = /callSite\.test\.ts:\d+/.exec((new Error().stack ?? '').split('\n')[2] ?? '')
  expect(line).not.toBeNull()
  return `${line?.[0]}:`
}

type Call<T> = () => readonly [site: string, result: T]

const readers: Readonly<Record<string, Call<Promise<unknown>>>> = {
  'io.readNpy': () => [here(), io.readNpy(garbage)],
  'io.readNpz': () => [here(), io.readNpz(garbage)],
  'io.readSafetensors': () => [here(), io.readSafetensors(garbage)],
  'io.readNpy, no file': () => [here(), io.readNpy(nowhere)],
  'data.readCsv': () => [here(), data.readCsv(garbage)],
  'data.readPng': () => [here(), data.readPng(garbage)],
  'data.readCifar10': () => [here(), data.readCifar10([new Uint8Array(3073), garbage])],
  'data.readIdx': () => [here(), data.readIdx(garbage)],
  'data.readLabelledIdx': () => [here(), data.readLabelledIdx(noLabels, garbage)],
  'data.listImages': () => [here(), data.listImages(nowhere)],
  'data.readImageFolder': () => [here(), data.readImageFolder(nowhere)],
  'io.writeNpy': () => [here(), io.writeNpy(nowhere, 1)],
  'io.writeNpz': () => [here(), io.writeNpz(nowhere, { x: 1 })],
  'io.writeSafetensors': () => [here(), io.writeSafetensors(nowhere, { x: 1 })],
  'io.writeSafetensors, a bad name': () => [here(), io.writeSafetensors(nowhere, { '\ud800': image })],
  'data.writePng': () => [here(), data.writePng(nowhere, image)],
  'data.writePng, a bad shape': () => [here(), data.writePng(nowhere, np.zeros([2]))],
}

const tasks: Readonly<Record<string, Call<() => Promise<E.Either<io.DataError, unknown>>>>> = {
  'io.loadNpy': () => [here(), io.loadNpy(garbage)],
  'io.loadNpz': () => [here(), io.loadNpz(garbage)],
  'io.loadSafetensors': () => [here(), io.loadSafetensors(garbage)],
  'data.loadCsv': () => [here(), data.loadCsv(garbage)],
  'data.loadPng': () => [here(), data.loadPng(garbage)],
  'data.loadCifar10': () => [here(), data.loadCifar10(garbage)],
  'data.loadIdx': () => [here(), data.loadIdx(garbage)],
  'data.loadImageFolder': () => [here(), data.loadImageFolder(nowhere)],
  'io.saveNpy': () => [here(), io.saveNpy(nowhere, 1)],
}

const names = (error: unknown, site: string): void => {
  expect(error).toBeInstanceOf(CotangentError)
  const { message, stack } = error as CotangentError
  expect(message.split('\n').at(-1)).toContain(site)
  expect(stack).toContain(message)
  expect(stack).toContain(site)
}

describe('the caller of', () => {
  it.each(Object.entries(readers))('%s', async (_, call) => {
    const [site, promise] = call()
    names(await promise.catch((error: unknown) => error), site)
  })

  it.each(Object.entries(tasks))('%s', async (_, call) => {
    const [site, task] = call()
    const result = await task()
    if (E.isRight(result)) expect.unreachable()
    names(result.left, site)
  })
})

it('a reader names itself and what the platform said', async () => {
  const error: unknown = await io.readSafetensors(nowhere).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'data', detail: { operation: 'io.readSafetensors' } })
  expect(error).toMatchObject({ cause: { code: 'ENOENT' } })
  await expect(io.readSafetensors(garbage)).rejects.toMatchObject({
    detail: { operation: 'io.readSafetensors' },
  })
})
