import { Transform, type TransformCallback } from 'node:stream';
import { AwsError } from '../shared/aws-error.ts';

/**
 * Undoes the `aws-chunked` content encoding: `<hex size>[;chunk-signature=…]CRLF data CRLF … 0 CRLF
 * trailers CRLF`. Trailers are handed to `onTrailer`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder extends Transform {
  private pending: Buffer = Buffer.alloc(0);
  /** Bytes of the current chunk still to come; −1: a size line comes next; −2: trailers. */
  private left = -1;
  private readonly onTrailer: (name: string, value: string) => void;

  constructor(onTrailer: (name: string, value: string) => void) {
    super();
    this.onTrailer = onTrailer;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.pending = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    try {
      while (this.step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.left === -2 ? null : new AwsError('IncompleteBody', 'The body ended within a chunk'));
  }

  /** Consumes one part of what is there; false when more must come first. */
  private step(): boolean {
    if (this.left > 0) return this.data();
    const end = this.pending.indexOf('\r\n');
    if (end < 0) {
      if (this.pending.length > 8192)
        throw new AwsError('InvalidChunk', 'A chunk header is too long');
      return false;
    }
    const line = this.pending.subarray(0, end).toString('latin1');
    this.pending = this.pending.subarray(end + 2);
    if (this.left === -2) return this.trailer(line);
    // The line end behind a chunk's data reads as an empty line.
    if (line === '') return true;
    const size = Number.parseInt(line.split(';', 1)[0] ?? '', 16);
    if (!Number.isInteger(size) || size < 0) throw new AwsError('InvalidChunk', 'Bad chunk size');
    this.left = size === 0 ? -2 : size;
    return true;
  }

  private data(): boolean {
    const part = this.pending.subarray(0, this.left);
    if (part.length === 0) return false;
    this.push(part);
    this.pending = this.pending.subarray(part.length);
    this.left -= part.length;
    if (this.left === 0) this.left = -1;
    return true;
  }

  private trailer(line: string): boolean {
    const colon = line.indexOf(':');
    if (colon > 0) this.onTrailer(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    return true;
  }
}
