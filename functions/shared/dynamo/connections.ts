import { channel } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { AnswerReader, type HttpAnswer } from './http-answer.ts';

/** Most requests that are under way at once; others wait. */
const MAX_CONNECTIONS = 50;

/** A request without any sign of life for so long is given up. */
const TIMEOUT_MS = 20_000;

/** Milliseconds of silence after which the system asks whether the other side is still there. */
const PROBE_AFTER_MS = 1000;

/** Told, as Node's HTTP client tells its channels, of each request that is sent and of its end. */
const created = channel('slipway.dynamo.request.created');
const ended = channel('slipway.dynamo.request.ended');

export interface Connections {
  /**
   * Sends a POST to the root address; `headers` are those that the connection itself does not need.
   * Throws when the connection breaks or stays silent: whether the request arrived is not known then.
   */
  post(headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer>;
}

/**
 * HTTP/1.1 over kept-alive connections to one server, one request at a time on each. It does what
 * this protocol needs of Node's client and its agent for a fifth of their CPU (docs/adr/0021).
 */
export function openConnections(endpoint: URL): Connections {
  const idle: Connection[] = [];
  const waiting: (() => void)[] = [];
  let open = 0;

  const take = async (): Promise<Connection> => {
    for (let free = idle.pop(); free; free = idle.pop()) {
      if (free.usable) return free;
      // Closed while nobody used it.
      open -= 1;
    }
    if (open >= MAX_CONNECTIONS) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return take();
    }
    open += 1;
    return new Connection(endpoint);
  };

  const giveBack = (connection: Connection) => {
    if (connection.usable) idle.push(connection);
    else open -= 1;
    waiting.shift()?.();
  };

  return {
    post: async (headers, body) => {
      const connection = await take();
      try {
        return await connection.send(requestText(headers, body));
      } finally {
        giveBack(connection);
      }
    },
  };
}

/** Head and body as one text: they leave in one write. */
function requestText(headers: Readonly<Record<string, string>>, body: string): string {
  let text = 'POST / HTTP/1.1\r\n';
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

interface Exchange {
  readonly reader: AnswerReader;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

class Connection {
  private readonly socket: Socket;
  private exchange: Exchange | undefined;
  usable = true;

  constructor({ protocol, hostname, port }: URL) {
    const options = {
      host: hostname,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
    };
    this.socket =
      protocol === 'http:'
        ? connect({ ...options, port: Number(port || 80) })
        : connectSecurely({ ...options, port: Number(port || 443), servername: hostname });
    this.socket.setTimeout(TIMEOUT_MS);
    this.socket.on('data', (part: Buffer) => this.take(part));
    this.socket.on('timeout', () => {
      // A connection that nobody uses may be silent.
      if (this.exchange) this.fail(new Error('DynamoDB does not answer'));
    });
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('The connection to DynamoDB was closed')));
  }

  send(text: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const exchange = { reader: new AnswerReader(), resolve, reject };
      this.exchange = exchange;
      created.publish({ request: exchange });
      this.socket.ref();
      this.socket.write(text);
    });
  }

  private take(part: Buffer): void {
    try {
      const answer = this.exchange?.reader.take(part);
      if (answer) this.finish(answer);
      // What nobody asked for belongs to no answer.
      else if (!this.exchange) this.close();
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private finish(answer: HttpAnswer): void {
    if (answer.last) this.close();
    // A process with nothing else to do may end.
    else this.socket.unref();
    this.over()?.resolve(answer);
  }

  private fail(error: Error): void {
    this.close();
    this.over()?.reject(error);
  }

  /** Whoever waits for the answer, for the last time. */
  private over(): Exchange | undefined {
    const { exchange } = this;
    this.exchange = undefined;
    if (exchange) ended.publish({ request: exchange });
    return exchange;
  }

  private close(): void {
    this.usable = false;
    this.socket.destroy();
  }
}
