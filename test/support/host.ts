import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../lib/build/paths.ts';
import { PATIENCE_MS } from './patience.ts';

/** An event as `GET /api/slipway/v1/events` answers it. */
export interface AuditedEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface TestHostOptions {
  /** Folder of another assembly than the built one. */
  readonly assembly?: string;
  /** Another checkout than this one, to be started from. */
  readonly root?: string;
  /** Where the data lies; by default a folder of its own that goes when the host stops. */
  readonly dataDir?: string;
  /** Further flags of `slipway start`. */
  readonly flags?: readonly string[];
  /** What the command begins with, for example another program's that starts it. */
  readonly prefix?: readonly string[];
  /** Flags of the process itself. */
  readonly nodeFlags?: readonly string[];
}

/** `slipway start` as a process of its own on a data directory that outlives it. */
export class TestHost {
  readonly dataDir: string;
  url = '';
  awsUrl = '';
  /** What the last start has printed. */
  output = '';
  private readonly options: TestHostOptions;
  private child: ChildProcess | undefined;

  constructor(options: TestHostOptions = {}) {
    this.options = options;
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'slipway-host-'));
  }

  /** Process id of the host. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async start(): Promise<void> {
    // A restart comes back under the addresses that others were given.
    const ports = [this.url, this.awsUrl].map((url) => (url === '' ? '0' : new URL(url).port));
    const { prefix = [], nodeFlags = [] } = this.options;
    const command = [...prefix, process.execPath, ...nodeFlags, ...this.command(ports)];
    const child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.output = '';
    await new Promise<void>((resolve, reject) => {
      const read = (text: string) => {
        this.output += text;
        const url = /Slipway ready on (\S+)/.exec(this.output)?.[1];
        const awsUrl = /AWS APIs on (\S+)/.exec(this.output)?.[1];
        if (!url || !awsUrl) return;
        this.url = url;
        this.awsUrl = awsUrl;
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('exit', (code) => reject(new Error(`The host ended (${code}): ${this.output}`)));
    });
  }

  private command([port = '0', awsPort = '0']: readonly string[]): string[] {
    const { assembly, root = ROOT, flags = [] } = this.options;
    if (assembly !== undefined) {
      return [
        join(ROOT, 'test/support/host/host-program.ts'),
        assembly,
        this.dataDir,
        port,
        awsPort,
      ];
    }
    const start = ['start', '--data-dir', this.dataDir, '--port', port, '--aws-port', awsPort];
    return [join(root, 'lib/local/cli/main.mjs'), ...start, ...flags];
  }

  /** SIGKILL: nothing is finished, nothing is flushed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it as a person would; nothing changes its data any more, while a killed host's engine ends a moment later. */
  async halt(): Promise<void> {
    await this.end('SIGTERM');
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }

  /** Calls the API; `Body` are the members of the answer that the test looks into. */
  async call<Body extends object = Record<string, never>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Body }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  }

  /** As `call`; throws what the API answers that refuses. */
  async ok(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const { status, body: answer } = await this.call(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Every event of the audit log after a position, in order. */
  async events(since = 0): Promise<AuditedEvent[]> {
    const all: AuditedEvent[] = [];
    for (let after = since; ; ) {
      const path = `/api/slipway/v1/events?after=${after}&limit=500`;
      const { body } = await this.call<{ events: AuditedEvent[] }>('GET', path);
      const { events } = body;
      all.push(...events);
      if (events.length < 500) return all;
      after = events.at(-1)?.seq ?? after;
    }
  }

  /** Lets stores that run in this process read the host's tables, which `variables` name. */
  useTables(variables: Readonly<Record<string, string>>): void {
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: this.awsUrl,
      ...variables,
    });
  }

  /** Waits for an event whose data holds the given values. */
  async waitFor(type: string, data: Record<string, unknown>, timeoutMs = PATIENCE_MS) {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
      const found = (await this.events()).find(
        (event) =>
          event.type === type && Object.entries(data).every(([k, v]) => event.data[k] === v),
      );
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`No ${type} with ${JSON.stringify(data)} came`);
  }
}
