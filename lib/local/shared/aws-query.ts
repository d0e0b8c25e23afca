import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { AwsError } from './aws-error.ts';
import type { AwsOperation } from './aws-json.ts';
import { readBody } from './body.ts';
import { messageOf } from './message-of.ts';
import { type Content, element } from './xml.ts';

interface AwsQueryOptions {
  readonly signingName: string;
  /** Namespace of the answers. */
  readonly namespace: string;
  /** Each answers its result in the form of `Content`, or nothing. */
  readonly operations: Readonly<Record<string, AwsOperation>>;
  /** Bytes. */
  readonly bodyLimit: number;
}

/** No input of a service that is here is nested deeper. */
const MAX_DEPTH = 10;

/** An input as nested objects; numbered members as arrays. */
type Node = Map<string, Node | string>;

/**
 * A service that speaks the AWS Query protocol: forms in, XML out.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function awsQueryService(options: AwsQueryOptions): AwsService {
  return {
    signingNames: [options.signingName],
    operations: Object.keys(options.operations),
    handle: (request, response) => handle(options, request, response),
  };
}

async function handle(
  options: AwsQueryOptions,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { operations, namespace } = options;
  const RequestId = randomUUID();
  const answer = (status: number, name: string, content: Content) => {
    response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': RequestId });
    response.end(element(name, content).replace(`<${name}>`, `<${name} xmlns="${namespace}">`));
  };
  try {
    const body = await readBody(request, options.bodyLimit);
    const { Action, Version: _, ...input } = queryInput(new URLSearchParams(body.toString('utf8')));
    const name = String(Action ?? '');
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation)
      throw new AwsError('InvalidAction', `${name || 'This call'} is not implemented`);
    const result = (await operation(input)) as Content;
    answer(200, `${name}Response`, {
      ...(result !== undefined && { [`${name}Result`]: result }),
      ResponseMetadata: { RequestId },
    });
  } catch (error) {
    const known = error instanceof AwsError;
    if (!known) console.error(error);
    const Code = known ? error.code : 'InternalError';
    const Message = messageOf(error);
    const Type = known ? 'Sender' : 'Receiver';
    const status = known ? error.status : 500;
    answer(status, 'ErrorResponse', { Error: { Type, Code, Message }, RequestId });
  }
}

/** `A.entry.1.Name=x` becomes `{ A: { entry: [{ Name: 'x' }] } }`. */
function queryInput(form: URLSearchParams): Record<string, unknown> {
  const root: Node = new Map();
  for (const [path, value] of form) {
    const names = path.split('.');
    if (names.length > MAX_DEPTH) throw new AwsError('MalformedQueryString', 'Too many dots');
    const last = names.pop() ?? '';
    let node = root;
    for (const name of names) {
      const inner = node.get(name);
      const next: Node = inner instanceof Map ? inner : new Map();
      node.set(name, next);
      node = next;
    }
    node.set(last, value);
  }
  return Object.fromEntries([...root].map(([name, value]) => [name, plain(value)]));
}

function plain(node: Node | string): unknown {
  if (typeof node === 'string') return node;
  const names = [...node.keys()];
  if (names.every((name) => /^\d+$/.test(name))) {
    const entries = [...node].sort(([a], [b]) => Number(a) - Number(b));
    return entries.map(([, value]) => plain(value));
  }
  return Object.fromEntries([...node].map(([name, value]) => [name, plain(value)]));
}
