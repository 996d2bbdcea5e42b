// Reads a ustar archive that is already in memory (npm tarballs, the packed Chromium).
// Bytes of the archive in → its regular files out, each with its path, mode and content.

export interface TarFile {
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array
}

const BLOCK = 512

/** The regular files of an uncompressed tar archive, in archive order. */
export function readTar(archive: Uint8Array): TarFile[] {
  const files: TarFile[] = []
  let offset = 0
  while (offset + BLOCK <= archive.length) {
    const header = archive.subarray(offset, offset + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const size = octal(header, 124, 12)
    const kind = String.fromCharCode(header[156] ?? 0)
    const start = offset + BLOCK
    if (start + size > archive.length) throw new Error('The tar archive is truncated')
    if (kind === '0' || kind === '\0') {
      const prefix = text(header, 345, 155)
      const name = text(header, 0, 100)
      files.push({
        path: prefix === '' ? name : `${prefix}/${name}`,
        mode: octal(header, 100, 8),
        content: archive.subarray(start, start + size),
      })
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
}

function octal(header: Uint8Array, start: number, length: number): number {
  return Number.parseInt(text(header, start, length).trim() || '0', 8)
}
