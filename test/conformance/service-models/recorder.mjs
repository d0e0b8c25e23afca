// Preloaded into a process (`node --import`): writes every signed AWS call that a server of it answers,
// with its answer, as a line of JSON to the file named by RECORD_AWS_CALLS. Functions ask DynamoDB's engine
// without a detour: what their client sends is written where it is sent.
import { appendFileSync } from 'node:fs';
import http, { Server } from 'node:http';
import { cbor } from '@smithy/core/cbor';

const file = process.env.RECORD_AWS_CALLS;
const emit = Server.prototype.emit;

/** Larger ones are objects and artefacts, which no service model describes. */
const MAX_BYTES = 1_000_000;

Server.prototype.emit = function (name, ...args) {
  if (name === 'request' && file) record(...args);
  return emit.call(this, name, ...args);
};

function record(request, response) {
  const service = signedFor(request);
  if (service === undefined) return;
  const sent = collect(request, 'push');
  const answered = collect(response, 'write', 'end');
  const headers = headersOf(response);
  response.once('finish', () => {
    let [body, answer] = [sent(), answered()];
    if (service !== 's3' && (body === undefined || answer === undefined)) return;
    const isCbor = request.headers['smithy-protocol'] === 'rpc-v2-cbor';
    const read = isCbor ? fromCbor : text;
    [body, answer] = [body, answer].map((bytes) => bytes && read(bytes));
    if (service === 's3') [body, answer] = [body, answer].map(markup);
    const line = {
      service,
      method: request.method,
      path: request.url,
      target: isCbor ? request.url.replaceAll('/', '.') : request.headers['x-amz-target'],
      headers: request.headers,
      request: body,
      status: response.statusCode,
      error: response.getHeader('x-amzn-errortype'),
      answerHeaders: headers(),
      response: answer,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  });
}

const { request: send } = http;

http.request = function (...args) {
  const sent = send.apply(this, args);
  if (file && /^DynamoDB_/.test(sent.getHeader('x-amz-target') ?? '')) recordSent(sent);
  return sent;
};

/** Calls that differ in values only are one. */
const seen = new Set();
const skeleton = (json) =>
  json.replace(/"(?:[^"\\]|\\.)*"(?!\s*:)/g, '""').replace(/(?<=[:[,]\s*)-?[\d.eE+-]+/g, '0');

function recordSent(sent) {
  const body = collect(sent, 'write', 'end');
  sent.once('response', (answer) => {
    const answered = collect(answer, 'push');
    answer.once('end', () => {
      const [request, response] = [body(), answered()];
      if (request === undefined || response === undefined) return;
      const line = {
        service: 'dynamodb',
        method: 'POST',
        path: '/',
        target: sent.getHeader('x-amz-target'),
        headers: {},
        request: text(request),
        status: answer.statusCode,
        response: text(response),
      };
      const shape = [line.target, skeleton(line.request), skeleton(line.response)].join(' ');
      if (seen.has(shape)) return;
      seen.add(shape);
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    });
  });
}

/** Its signature stands in a header, or in the query of a presigned address. */
function signedFor({ headers, url }) {
  const signed =
    headers.authorization ??
    decodeURIComponent(/[?&]X-Amz-Credential=([^&]+)/.exec(url)?.[1] ?? '');
  return /\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request/.exec(signed)?.[1];
}

const text = (bytes) => bytes.toString('utf8');
const fromCbor = (bytes) => JSON.stringify(cbor.deserialize(bytes));

/** What is no XML is an object's content. */
const markup = (body) => (body?.startsWith('<') ? body : '');

/** Keeps what goes through methods of a stream; undefined once that is too much. */
function collect(stream, ...methods) {
  const chunks = [];
  let size = 0;
  for (const method of methods) {
    const original = stream[method];
    stream[method] = function (chunk, ...rest) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
        size += chunk.length;
        if (size > MAX_BYTES) chunks.length = 0;
        else chunks.push(Buffer.from(chunk));
      }
      return original.call(this, chunk, ...rest);
    };
  }
  return () => (size > MAX_BYTES ? undefined : Buffer.concat(chunks));
}

/** The headers of an answer, also those that `writeHead` is given. */
function headersOf(response) {
  let last = {};
  const { writeHead } = response;
  response.writeHead = function (status, ...rest) {
    last = rest.find((one) => typeof one === 'object') ?? {};
    return writeHead.call(this, status, ...rest);
  };
  return () => ({ ...response.getHeaders(), ...last });
}
