/**
 * Where bytes come from: a path or URL, a Blob, or bytes at hand → chunks, inflated where they are gzipped.
 * Every failure is a `data` error, and nothing is allocated on the word of the file alone.
 */

import type { FileHandle } from 'node:fs/promises'
import { calledAt, captureOrigin, CotangentError } from '../core/errors.js'
import { E, type Either, type TaskEither } from '../core/fp.js'
import { nodeModules } from './node.js'

/** A path (Node) or URL as a string, a URL, a Blob or File, or bytes. */
export type ByteSource = string | URL | Blob | ArrayBuffer | Uint8Array

export type DataError = CotangentError<'data'>

export interface ReadOptions {
  /** More bytes than this, after inflating, are an error; default 2³⁰. */
  readonly maxBytes?: number
  /** What messages call the source; default its path or URL. */
  readonly name?: string
}

export const defaultMaxBytes = 2 ** 30

/** What every message of one read says: which function, which source. */
export interface Origin {
  readonly operation: string
  readonly source: string
}

export function dataError(
  origin: Origin,
  offset: number,
  expected: string,
  received: string,
  cause?: unknown,
): DataError {
  return new CotangentError(
    'data',
    { ...origin, offset, expected, received },
    cause === undefined ? undefined : { cause },
  )
}

/** Ends decoding with a `data` error. */
export type Reject = (offset: number, expected: string, received: string, cause?: unknown) => never

/** Runs a decoder that rejects malformed input, as an `Either`; errors of any other kind are ours and stay thrown. */
export function decoding<T>(origin: Origin, decode: (reject: Reject) => T): Either<DataError, T> {
  const reject: Reject = (...report) => {
    throw dataError(origin, ...report)
  }
  try {
    return E.right(decode(reject))
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'data') return E.left(error as DataError)
    throw error
  }
}

/** The throwing form of a task. */
export async function orThrow<T>(task: TaskEither<DataError, T>): Promise<T> {
  const result = await task()
  if (E.isLeft(result)) throw result.left
  return result.right
}

/** The task with errors that name the line that made it, which the stack of what happens later does not have. */
export function located<T>(task: TaskEither<DataError, T>): TaskEither<DataError, T> {
  const here = captureOrigin()
  return async () => {
    try {
      const result = await task()
      return E.isLeft(result) ? E.left(calledAt(result.left, here)) : result
    } catch (error) {
      throw error instanceof CotangentError ? calledAt(error, here) : error
    }
  }
}

/** The name of a source for messages. */
export function sourceName(source: ByteSource): string {
  if (typeof source === 'string') return source
  if (source instanceof URL) return source.href
  return typeof File !== 'undefined' && source instanceof File ? source.name : 'the given bytes'
}

type Bytes = Uint8Array<ArrayBuffer>

/** Opens a source as a stream, inflating it if it begins as gzip does. Throws what the platform throws. */
export async function openSource(source: ByteSource, maxBytes: number): Promise<ReadableStream<Bytes>> {
  const raw = await rawStream(source, maxBytes)
  const { head, stream } = await peek(raw, 2)
  return isGzip(head) ? stream.pipeThrough(new DecompressionStream('gzip')) : stream
}

async function rawStream(source: ByteSource, maxBytes: number): Promise<ReadableStream<Bytes>> {
  if (source instanceof Blob) return source.stream()
  if (source instanceof ArrayBuffer || source instanceof Uint8Array)
    return new Blob([source as Bytes]).stream()
  const fs = nodeModules()?.fs
  const url = asUrl(source)
  if (fs === undefined || (url !== null && url.protocol !== 'file:')) {
    const response = await fetch(source)
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`)
    return response.body
  }
  const path = url ?? source
  const stat = await fs.stat(path)
  // A device or a pipe may never end.
  if (!stat.isFile()) throw new Error('it is not a regular file')
  if (stat.size > maxBytes) throw new Error(`it has ${stat.size} bytes, more than the limit of ${maxBytes}`)
  return fileStream(await fs.open(path), stat.size)
}

/** A file in pieces, as they are asked for; Node reads files of more than 2 GiB in no other way. */
function fileStream(file: FileHandle, size: number): ReadableStream<Bytes> {
  // Many small files should not take many large buffers.
  const piece = Math.min(1 << 22, Math.max(size, 4096))
  return new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const { bytesRead, buffer } = await file.read(new Uint8Array(piece), 0, piece)
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
        await file.close()
        controller.close()
      } catch (cause) {
        await file.close().catch(() => undefined)
        throw cause
      }
    },
    cancel: () => file.close(),
  })
}

/** A string with a scheme is a URL; `C:\data` is a path. */
function asUrl(source: string | URL): URL | null {
  if (source instanceof URL) return source
  return /^[a-z][a-z\d+.-]+:/i.test(source) ? new URL(source) : null
}

/** How `readBytes` reads. */
export interface BytesOptions {
  readonly maxBytes: number
  /** Whether bytes that begin as gzip does are inflated. */
  readonly inflate: boolean
}

/** All bytes of a source, at most `maxBytes` of them, as a `TaskEither`. Bytes at hand are not copied. */
export function readBytes(
  source: ByteSource,
  origin: Origin,
  { maxBytes, inflate }: BytesOptions,
): TaskEither<DataError, Uint8Array> {
  return async () => {
    const chunks: Bytes[] = []
    let length = 0
    try {
      const given = source instanceof ArrayBuffer ? new Uint8Array(source) : source
      if (given instanceof Uint8Array && !(inflate && isGzip(given))) {
        length = given.length
        if (length <= maxBytes) return E.right(given)
      } else {
        const stream = inflate ? await openSource(source, maxBytes) : await rawStream(source, maxBytes)
        for await (const chunk of chunksOf(stream)) {
          chunks.push(chunk)
          length += chunk.length
          if (length > maxBytes) break
        }
      }
    } catch (cause) {
      const received = cause instanceof Error ? cause.message : String(cause)
      return E.left(dataError(origin, length, 'a readable file', received, cause))
    }
    if (length > maxBytes) return E.left(dataError(origin, maxBytes, `at most ${maxBytes} bytes`, 'more'))
    return E.right(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : join(chunks))
  }
}

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

/** Iterates with a reader: browsers do not all iterate streams. Leaving the loop cancels the stream. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Looks at the first `n` bytes of a stream, and gives them back with a stream of everything. */
async function peek(
  stream: ReadableStream<Bytes>,
  n: number,
): Promise<{ head: Bytes; stream: ReadableStream<Bytes> }> {
  const reader = stream.getReader()
  const chunks: Bytes[] = []
  for (let length = 0; length < n;) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  const whole = new ReadableStream<Bytes>({
    async pull(controller) {
      const next = chunks.shift() ?? (await reader.read()).value
      if (next === undefined) controller.close()
      else controller.enqueue(next)
    },
    cancel: (cause) => reader.cancel(cause),
  })
  return { head: join(chunks), stream: whole }
}

/** All chunks in one array. */
export function join(chunks: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
