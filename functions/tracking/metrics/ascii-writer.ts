const ZERO = 0x30;
const MINUS = 0x2d;

/** Integers below this many digits are computed with as 32-bit numbers. */
const LOW = 10_000_000;

/**
 * Writes a text into bytes that are there beforehand. Answers with tens of thousands of numbers cost a
 * third of what strings that are put together from strings do.
 */
export class AsciiWriter {
  private readonly bytes: Buffer;
  private at = 0;

  /** `room`: bytes that suffice, whatever is written. */
  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(room);
  }

  toString(): string {
    return this.bytes.toString('utf8', 0, this.at);
  }

  /** Bytes of UTF-8. */
  raw(text: Uint8Array): void {
    this.bytes.set(text, this.at);
    this.at += text.length;
  }

  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  /** As `String` writes it: an integer between -2^53 and 2^53. */
  integer(value: number): void {
    if (value < 0) this.bytes[this.at++] = MINUS;
    const size = Math.abs(value);
    const high = Math.floor(size / LOW);
    if (high > 0) {
      if (high < LOW) this.digits(high, 1);
      else {
        this.digits(Math.floor(high / LOW), 1);
        this.digits(high % LOW, 7);
      }
    }
    this.digits(size - high * LOW, high > 0 ? 7 : 1);
  }

  /** A natural number below `LOW` with at least so many digits. */
  private digits(value: number, least: number): void {
    let count = least;
    for (let limit = 10 ** least; limit <= value; limit *= 10) count += 1;
    let rest = value | 0;
    for (let i = this.at + count - 1; i >= this.at; i--) {
      const next = (rest / 10) | 0;
      this.bytes[i] = ZERO + rest - 10 * next;
      rest = next;
    }
    this.at += count;
  }
}
