import type { ClientRequestArgs } from 'node:http';

/** Most requests that are under way at once; others wait. */
const MAX_CONNECTIONS = 50;

/** A request without any sign of life for so long is given up. */
const TIMEOUT_MS = 20_000;

/** Milliseconds of silence after which the system asks whether the other side is still there. */
const PROBE_AFTER_MS = 1000;

/** Node's client for http: or https:; the one that is not in use costs a start nothing. */
const clientOf = (protocol: string) =>
  process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');

// While a function starts Lambda gives it a whole processor, for its first request a share of one.
if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) clientOf('https:');

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Connections {
  /**
   * Sends a POST to the root address; `headers` are those that the connection itself does not need.
   * Throws when the connection breaks or stays silent: whether the request arrived is not known then.
   */
  post(headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer>;
}

/** Kept-alive connections to one server, by Node's HTTP client and agent (docs/adr/0021). */
export function openConnections(
  { protocol, hostname, port }: URL,
  timeout: number = TIMEOUT_MS,
): Connections {
  const options = {
    keepAlive: true,
    keepAliveMsecs: PROBE_AFTER_MS,
    maxSockets: MAX_CONNECTIONS,
    maxFreeSockets: MAX_CONNECTIONS,
    timeout,
  };
  const { Agent, request } = clientOf(protocol);
  const target: ClientRequestArgs = {
    method: 'POST',
    host: hostname,
    ...(port && { port: Number(port) }),
    agent: new Agent(options),
  };
  return {
    post: (headers, body) =>
      new Promise((resolve, reject) => {
        const length = Buffer.byteLength(body);
        const sent = request({ ...target, headers: { ...headers, 'content-length': length } });
        sent.on('response', (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('error', reject);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
        });
        sent.on('timeout', () => sent.destroy(new Error('DynamoDB does not answer')));
        sent.on('error', reject);
        // With its body in hand a request leaves in one write.
        sent.end(body);
      }),
  };
}
