/**
 * A module as it is written: bytes, numbers in LEB128, names, and parts that begin with their length.
 */

/** Of a length that is written after what it is the length of. */
const lengthDigits = 5
const encoder = new TextEncoder()

/** A growing list of bytes: the module as far as it is written. */
export class Bytes {
  readonly #list: number[] = []

  byte(value: number): void {
    this.#list.push(value)
  }
  append(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#list.push(byte)
  }
  unsigned(value: number): void {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#list.push((rest % 128) + 128)
    this.#list.push(rest)
  }
  /** A byte and a number, which is most often small. */
  coded(code: number, value: number): void {
    if (value < 128) return void this.#list.push(code, value)
    this.#list.push(code)
    this.unsigned(value)
  }
  signed(value: number): void {
    let rest = value | 0
    for (; rest < -64 || rest >= 64; rest >>= 7) this.#list.push((rest & 0x7f) | 0x80)
    this.#list.push(rest & 0x7f)
  }
  /** The 32 bits of an integer, the lowest first. */
  word(value: number): void {
    this.#list.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24)
  }
  name(text: string): void {
    const bytes = encoder.encode(text)
    this.unsigned(bytes.length)
    this.append(bytes)
  }
  /** A section or function body: its length, then what `write` writes. The length has all five digits: it comes last. */
  sized(write: () => void): void {
    const start = this.#list.length
    for (let i = 0; i < lengthDigits; i++) this.#list.push(0x80)
    write()
    let length = this.#list.length - start - lengthDigits
    for (let i = 0; i < lengthDigits; i++, length >>>= 7)
      this.#list[start + i] = (length & 0x7f) | (i < lengthDigits - 1 ? 0x80 : 0)
  }
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#list)
  }
}
