import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that belongs to a text, spread evenly over texts. */
export function drawOf(text: string): number {
  const digest = createHash('sha256').update(text).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
