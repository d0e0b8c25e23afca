// Preloaded into a process (`node --import`): writes every signed AWS call that a server of it answers,
// with its answer, as a line of JSON to the file named by RECORD_AWS_CALLS.
import { appendFileSync } from 'node:fs';
import { Server } from 'node:http';

const file = process.env.RECORD_AWS_CALLS;
const emit = Server.prototype.emit;

/** Larger ones are objects and artefacts, which no service model describes. */
const MAX_BYTES = 1_000_000;

Server.prototype.emit = function (name, ...args) {
  if (name === 'request' && file) record(...args);
  return emit.call(this, name, ...args);
};

function record(request, response) {
  const scope = /Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\//.exec(
    request.headers.authorization ?? '',
  );
  if (!scope || scope[1] === 's3') return;
  const sent = collect(request, 'push');
  const answered = collect(response, 'write', 'end');
  response.once('finish', () => {
    const [body, answer] = [sent(), answered()];
    if (body.length + answer.length > MAX_BYTES) return;
    const line = {
      service: scope[1],
      method: request.method,
      path: request.url,
      target: request.headers['x-amz-target'],
      request: body,
      status: response.statusCode,
      error: response.getHeader('x-amzn-errortype'),
      response: answer,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  });
}

/** Keeps what goes through methods of a stream. */
function collect(stream, ...methods) {
  const chunks = [];
  for (const method of methods) {
    const original = stream[method];
    stream[method] = function (chunk, ...rest) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
      return original.call(this, chunk, ...rest);
    };
  }
  return () => Buffer.concat(chunks).toString('utf8');
}
