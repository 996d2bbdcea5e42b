/**
 * A module as it is written: bytes, numbers in LEB128, names, and parts that begin with their length.
 */

/** Of a length that is written after what it is the length of. */
const lengthDigits = 5
const encoder = new TextEncoder()

/** A growing list of bytes: the module as far as it is written. */
export class Bytes {
  #data = new Uint8Array(16384)
  #length = 0

  byte(value: number): void {
    if (this.#length === this.#data.length) this.#reserve(1)
    this.#data[this.#length++] = value
  }
  #reserve(extra: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + extra))
    larger.set(this.#data)
    this.#data = larger
  }
  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#data.length) this.#reserve(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
  }
  unsigned(value: number): void {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128)
    this.byte(rest)
  }
  signed(value: number): void {
    let rest = value | 0
    for (; rest < -64 || rest >= 64; rest >>= 7) this.byte((rest & 0x7f) | 0x80)
    this.byte(rest & 0x7f)
  }
  name(text: string): void {
    const bytes = encoder.encode(text)
    this.unsigned(bytes.length)
    this.append(bytes)
  }
  /** A section or function body: its length, then what `write` writes. The length has all five digits: it comes last. */
  sized(write: () => void): void {
    const start = this.#length
    for (let i = 0; i < lengthDigits; i++) this.byte(0x80)
    write()
    let length = this.#length - start - lengthDigits
    for (let i = 0; i < lengthDigits; i++, length >>>= 7)
      this.#data[start + i] = (length & 0x7f) | (i < lengthDigits - 1 ? 0x80 : 0)
  }
  take(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length)
  }
}
