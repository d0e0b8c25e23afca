import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';

/** Passes requests on to the engine and its answers back, byte for byte. */
export function forwarder(endpoint: string) {
  const agent = new Agent({ keepAlive: true });
  return {
    handle: (request: IncomingMessage, response: ServerResponse): Promise<void> =>
      new Promise((resolve) => {
        const { method, headers, url = '/' } = request;
        const forwarded = httpRequest(`${endpoint}${url}`, { method, headers, agent });
        forwarded.on('response', (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          pipeline(answer, response).then(resolve, () => resolve());
        });
        forwarded.on('error', () => {
          if (response.headersSent) response.destroy();
          else response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
          response.end('{"__type":"InternalServerError","message":"The engine does not answer"}');
          resolve();
        });
        request.pipe(forwarded);
      }),
    close: () => agent.destroy(),
  };
}
