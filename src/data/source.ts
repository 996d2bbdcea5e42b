/**
 * Where bytes come from: a path or URL, a Blob, or bytes at hand → chunks, inflated where they are gzipped.
 * Every failure is a `data` error, and nothing is allocated on the word of the file alone.
 */

import { CotangentError } from '../core/errors.js'

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
  return head[0] === 0x1f && head[1] === 0x8b ? stream.pipeThrough(new DecompressionStream('gzip')) : stream
}

async function rawStream(source: ByteSource, maxBytes: number): Promise<ReadableStream<Bytes>> {
  if (source instanceof Blob) return source.stream()
  if (source instanceof ArrayBuffer || source instanceof Uint8Array)
    return new Blob([source as Bytes]).stream()
  // Asked of the process rather than imported, so that bundles for browsers do not contain it.
  const fs = typeof process === 'undefined' ? undefined : process.getBuiltinModule('node:fs/promises')
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
  return new Blob([await fs.readFile(path)]).stream()
}

/** A string with a scheme is a URL; `C:\data` is a path. */
function asUrl(source: string | URL): URL | null {
  if (source instanceof URL) return source
  return /^[a-z][a-z\d+.-]+:/i.test(source) ? new URL(source) : null
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
export function join(chunks: readonly Bytes[]): Bytes {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
