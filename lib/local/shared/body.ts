import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';

/** Reads a request body of at most `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the connection: the refusal is still to be sent over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) throw new AwsError('RequestEntityTooLarge', `Body above ${limit} bytes`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
