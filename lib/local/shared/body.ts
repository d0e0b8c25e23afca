import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import { free } from './free.ts';

/**
 * Reads a request body of at most `limit` bytes. By listeners: an iterator would be a tenth of what a
 * small request costs. What is beyond the limit stays unread and the connection open, for the refusal is
 * still to be sent over it.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const left = () => {
      // Every request closes in the end; an error with its stack would cost as much as the reading.
      if (!request.readableEnded) reject(new Error('The client left in the middle of its request'));
    };
    if (request.destroyed) return left();
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      request.off('data', take).pause();
      reject(new AwsError('RequestEntityTooLarge', `Body above ${limit} bytes`, 413));
    };
    request.on('data', take);
    request.once('end', () => resolve(joined(chunks, size)));
    request.once('error', reject);
    request.once('close', left);
  });
}

function joined(chunks: readonly Buffer[], size: number): Buffer {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const body = Buffer.concat(chunks, size);
  for (const chunk of chunks) free(chunk);
  return body;
}
