import { Agent, request } from 'node:http';

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A keep-alive client of one server. */
export class HttpClient {
  private readonly base: URL;
  private readonly agent: Agent;

  constructor(url: string, connections: number) {
    this.base = new URL(url);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** A body is JSON unless headers say what else it is. */
  send(method: string, path: string, body?: string | Buffer, more = JSON_TYPE): Promise<Answer> {
    const { hostname, port } = this.base;
    const headers =
      body === undefined ? {} : { ...more, 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request(
        { hostname, port, method, path, headers, agent: this.agent },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`No answer in ${TIMEOUT_MS} ms`)));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // Servers end connections that were idle, while runs were being seeded for example.
        const wasIdle = sent.reusedSocket && error.code === 'ECONNRESET';
        if (wasIdle) this.send(method, path, body, more).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  }

  /** The parsed answer; throws unless it is a 200. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.send(method, path, body && JSON.stringify(body));
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  close(): void {
    this.agent.destroy();
  }
}

const TIMEOUT_MS = 120_000;

const JSON_TYPE: Readonly<Record<string, string>> = { 'content-type': 'application/json' };
