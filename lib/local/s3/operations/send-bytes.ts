import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { ByteRange } from '../blob-files.ts';

/** Bytes read at once from a file. */
const CHUNK = 256 * 1024;

/**
 * Ends the response with bytes of a file. Two buffers take turns, one being filled while the other is
 * sent: a stream of the file makes one for each read, which costs a third of the rate. Throws when the
 * client leaves, or the file is shorter than it was said to be.
 */
export async function sendBytes(
  file: FileHandle,
  { start, end }: ByteRange,
  response: ServerResponse,
): Promise<void> {
  const size = Math.min(CHUNK, end - start + 1);
  const turns = [0, 1].map(() => ({
    buffer: Buffer.allocUnsafeSlow(size),
    sent: Promise.resolve(),
  }));
  for (let at = start; at <= end; turns.reverse()) {
    const [turn] = turns;
    if (!turn) break;
    await turn.sent;
    const { bytesRead } = await file.read(turn.buffer, 0, Math.min(size, end + 1 - at), at);
    if (bytesRead === 0) throw new Error(`A file ended ${end + 1 - at} bytes early`);
    at += bytesRead;
    turn.sent = write(response, turn.buffer.subarray(0, bytesRead));
  }
  await Promise.all(turns.map(({ sent }) => sent));
  response.end();
}

/** Resolves once the bytes are with the system, and their buffer is free again. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  const sent = new Promise<void>((resolve, reject) => {
    // Bytes that wait for their turn on a connection that ends are not called back.
    const left = () => reject(new Error('The client left'));
    response.once('close', left);
    response.write(bytes, (error) => {
      response.off('close', left);
      if (error) reject(error);
      else resolve();
    });
  });
  // It may fail while the next bytes are being read.
  sent.catch(() => {});
  return sent;
}
