import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/**
 * Sends on what a service of this host answers. A client that leaves early, also before there was an
 * answer, is no error, and nothing stays open for it; a service that breaks off is one.
 */
export async function sendAnswer(
  answer: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  // Nobody would read it, and with it the service would hold a connection and a file for ever.
  if (response.destroyed) return void answer.destroy();
  response.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, response).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}
