import { AwsError } from '../shared/aws-error.ts';

const CRLF = Buffer.from('\r\n');

/** Bytes; a chunk's header holds a size and a signature. */
const MAX_LINE = 8192;

/**
 * Undoes the `aws-chunked` content encoding: `<hex size>[;chunk-signature=…]CRLF data CRLF … 0 CRLF
 * trailers CRLF`. Trailers are handed to `onTrailer`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  /** What is awaited: bytes of a chunk, the line end behind them, a size, or trailers. */
  let left = 0;
  let state: 'data' | 'end' | 'size' | 'trailers' = 'size';
  for await (const piece of source) {
    pending = pending.length > 0 ? Buffer.concat([pending, piece]) : piece;
    while (pending.length > 0) {
      if (state === 'data') {
        const part = pending.subarray(0, left);
        pending = pending.subarray(part.length);
        left -= part.length;
        if (left === 0) state = 'end';
        yield part;
        continue;
      }
      const end = pending.indexOf(CRLF);
      if (end < 0) {
        if (pending.length > MAX_LINE) throw invalidChunk('a line is too long');
        break;
      }
      const line = pending.subarray(0, end).toString('latin1');
      pending = pending.subarray(end + CRLF.length);
      if (state === 'end') {
        if (line !== '') throw invalidChunk('data runs past its size');
        state = 'size';
      } else if (state === 'size') {
        left = chunkSize(line);
        state = left === 0 ? 'trailers' : 'data';
      } else {
        const colon = line.indexOf(':');
        if (colon > 0) onTrailer(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
      }
    }
  }
  if (state !== 'trailers') throw new AwsError('IncompleteBody', 'The body ended within a chunk');
}

function chunkSize(line: string): number {
  const size = /^([0-9a-fA-F]{1,12})(;|$)/.exec(line)?.[1];
  if (size === undefined) throw invalidChunk('a size is missing');
  return Number.parseInt(size, 16);
}

const invalidChunk = (why: string) => new AwsError('InvalidChunk', `The body is malformed: ${why}`);
