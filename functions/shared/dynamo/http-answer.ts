export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The server takes no more requests on this connection. */
  readonly last: boolean;
}

interface Head {
  readonly status: number;
  readonly last: boolean;
  /** Where the body begins, in bytes from the start of the answer. */
  readonly start: number;
  /** Bytes of the body; `chunked`: told piece by piece. */
  readonly length: number | 'chunked';
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

/**
 * One answer of HTTP/1.1 to a POST, out of its parts as they arrive (RFC 9112). Nearly all have a length
 * and arrive in one part. An answer that ends with its connection is refused: it might be torn.
 */
export class AnswerReader {
  private parts: Buffer[] = [];
  private size = 0;
  private head: Head | undefined;

  /** The answer when it is whole. Throws for what is no answer. */
  take(part: Buffer): HttpAnswer | undefined {
    this.parts.push(part);
    this.size += part.length;
    this.head ??= readHead(this.whole());
    if (!this.head) return undefined;
    const body = this.body(this.head);
    return body === undefined
      ? undefined
      : { status: this.head.status, last: this.head.last, body };
  }

  private body({ start, length }: Head): string | undefined {
    if (length === 'chunked') return readChunks(this.whole().subarray(start));
    if (this.size < start + length) return undefined;
    if (this.size > start + length) throw new Error('An answer is longer than it says');
    return this.whole().toString('utf8', start);
  }

  private whole(): Buffer {
    const [only = Buffer.alloc(0), ...more] = this.parts;
    if (more.length === 0) return only;
    const whole = Buffer.concat(this.parts, this.size);
    this.parts = [whole];
    return whole;
  }
}

/** Undefined while some of it is missing. */
function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error(`No answer of HTTP/1.1: ${first.slice(0, 100)}`);
  const headers = new Map(lines.map(nameAndValue));
  const last = headers.get('connection')?.toLowerCase() === 'close';
  const start = end + END_OF_HEAD.length;
  const coding = headers.get('transfer-encoding')?.toLowerCase();
  const length = coding ?? headers.get('content-length') ?? '';
  if (coding === 'chunked') return { status: Number(status), last, start, length: coding };
  if (!/^\d+$/.test(length)) throw new Error(`An answer without a length: ${length}`);
  return { status: Number(status), last, start, length: Number(length) };
}

function nameAndValue(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

/** Undefined while some of it is missing. */
function readChunks(bytes: Buffer): string | undefined {
  // Chunks are counted once all seem to be there.
  if (bytes.toString('latin1', bytes.length - END_OF_CHUNKS.length) !== END_OF_CHUNKS) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (Number.isNaN(size)) throw new Error('A chunk without a size');
    if (size === 0) return Buffer.concat(chunks).toString('utf8');
    const start = line + 2;
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
