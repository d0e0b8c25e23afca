import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { UploadDigests } from './checksums.ts';
import type { Blob } from './object-store.ts';
import type { S3Context } from './s3-context.ts';

/** Takes a request's body to a file, with whatever checksum the client chose. */
export async function receive(request: IncomingMessage, context: S3Context): Promise<Blob> {
  const digests = new UploadDigests(request.headers);
  const encoding = String(request.headers['content-encoding'] ?? '');
  const chunked =
    encoding.includes('aws-chunked') ||
    String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  let source: Readable = request;
  if (chunked) {
    const decoder = new AwsChunkedDecoder((name, value) => digests.trailer(name, value));
    request.on('error', (error) => decoder.destroy(error));
    request.on('aborted', () => decoder.destroy(new Error('The client went away')));
    source = request.pipe(decoder);
  }
  return context.files.write(source, digests);
}

const KEPT = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
];

/** Request headers that come back with the object. */
export function keptHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue;
    if (KEPT.includes(name) || name.startsWith('x-amz-meta-')) headers[name] = String(value);
    if (name === 'content-encoding') {
      const encoding = String(value)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== 'aws-chunked')
        .join(',');
      if (encoding) headers[name] = encoding;
    }
  }
  return headers;
}
