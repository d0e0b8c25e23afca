/** Builds a byte sequence that grows as needed. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(256);
  private length = 0;

  /** What was written so far; valid until something else is. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Begins anew. */
  clear(): void {
    this.length = 0;
  }

  /** A natural number below 2^53, seven bits a byte, low bits first. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) {
      this.buffer[this.length++] = (rest % 128) + 128;
    }
    for (; rest >= 128; rest >>>= 7) this.buffer[this.length++] = (rest & 127) | 128;
    this.buffer[this.length++] = rest;
  }

  /** An integer with at most 52 bits; small ones of either sign are short. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  /** An integer of 64 bits. */
  wide(value: bigint): void {
    this.reserve(8);
    this.length = this.buffer.writeBigInt64LE(value, this.length);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.length += bytes.copy(this.buffer, this.length);
  }

  /** Bytes behind their length. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.length + count));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** Reads what `ByteWriter` wrote, in the same order. */
export class ByteReader {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** Whether everything was read. */
  done(): boolean {
    return this.at >= this.buffer.length;
  }

  varint(): number {
    const first = this.buffer[this.at];
    if (first !== undefined && first < 128) {
      this.at += 1;
      return first;
    }
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.buffer.readUInt8(this.at++);
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const coded = this.varint();
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  wide(): bigint {
    const value = this.buffer.readBigInt64LE(this.at);
    this.at += 8;
    return value;
  }

  /** What `double` wrote so many times. Every machine that Node runs on has its low bytes first. */
  doubles(count: number): Float64Array {
    const numbers = new Float64Array(count);
    const bytes = this.buffer.subarray(this.at, this.at + numbers.byteLength);
    if (bytes.length < numbers.byteLength) throw new RangeError('There are fewer numbers');
    new Uint8Array(numbers.buffer).set(bytes);
    this.at += bytes.length;
    return numbers;
  }

  text(): string {
    const length = this.varint();
    this.at += length;
    return this.buffer.toString('utf8', this.at - length, this.at);
  }

  block(): Buffer {
    const length = this.varint();
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }
}
