import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { sendAnswer } from './send-answer.ts';

/** Passes requests on to the engine and its answers back, byte for byte. */
export function forwarder(endpoint: string) {
  const agent = new Agent({ keepAlive: true });
  return {
    handle: (request: IncomingMessage, response: ServerResponse): Promise<void> =>
      new Promise((resolve) => {
        const { method, headers, url = '/' } = request;
        const forwarded = httpRequest(`${endpoint}${url}`, { method, headers, agent });
        forwarded.on('response', (answer) => {
          sendAnswer(answer, response, answer.headers).then(resolve, () => resolve());
        });
        forwarded.on('error', () => {
          if (response.headersSent) response.destroy();
          else response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
          response.end('{"__type":"InternalServerError","message":"The engine does not answer"}');
          resolve();
        });
        // Of a client that leaves in the middle of its request, the engine is not to wait for the rest.
        request.once('close', () => {
          if (!request.complete) forwarded.destroy();
        });
        request.pipe(forwarded);
      }),
    close: () => agent.destroy(),
  };
}
