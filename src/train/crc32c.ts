/**
 * CRC-32C (Castagnoli), as event files and checkpoints use it: bytes → 32 bits. Source: RFC 3720, appendix B.4.
 */

/** 0x1EDC6F41 with its bits reversed. */
const polynomial = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc
})

/** The checksum of `bytes`, or of earlier bytes and these where `before` is the checksum of the earlier ones. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0)
  return ~crc >>> 0
}

/** A checksum as record files store it, so that checksums of data that holds checksums stay good ones. */
export const maskedCrc32c = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
