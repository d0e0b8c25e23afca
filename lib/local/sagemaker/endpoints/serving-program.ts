import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LOCAL_REGION } from '../../shared/arn.ts';
import { dockerEntrypoint, type ImageFolder } from '../../shared/dockerfile.ts';
import { freePort } from '../../shared/free-port.ts';
import { inheritedVariables } from '../../shared/inherited.ts';
import { LogFile } from '../../shared/log-file.ts';
import { messageOf } from '../../shared/message-of.ts';
import { type Program, startProgram } from '../../shared/program.ts';
import { unlessAborted } from '../../shared/unless-aborted.ts';
import { commandOf } from '../container.ts';
import type { Container } from './requests.ts';

/** Between two questions whether a program is healthy. */
const PING_EVERY_MS = 100;

/** A container must answer `/ping` within two seconds. */
const PING_TIMEOUT_MS = 2000;

/** From the end of a program that answered to its next start; doubled as long as it does not come up. */
const RESTART_MS = 500;
const MAX_RESTART_MS = 30_000;

/** How much of the last output stands in the reason of a failure, in characters. */
const TAIL = 600;

interface ProgramSettings {
  readonly endpoint: string;
  readonly variant: string;
  readonly container: Container;
  /** Stands for /opt/ml. */
  readonly root: string;
  readonly log: string;
  /** Where programs keep what they need again. */
  readonly cache: string;
  /** Until `/ping` must have answered. */
  readonly startupMs: number;
  readonly image: ImageFolder;
  readonly download: (uri: string, folder: string) => Promise<void>;
  /** Whether a program that does not come up is started again: one that was in service before. */
  readonly persistent: boolean;
}

/** What a container answered. */
interface ContainerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * A container's program as a child process that listens on a port of its own; one that ends after it
 * was healthy is started again.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
 */
export class ServingProgram {
  /** Resolves when `/ping` has answered for the first time; rejects with the reason when it does not. */
  readonly ready: Promise<void>;
  private readonly settings: ProgramSettings;
  private readonly log: LogFile;
  private readonly ended = new AbortController();
  private readonly done: Promise<void>;
  private up = Promise.withResolvers<string>();
  private program: Program | undefined;
  private tail = '';
  private requests = 0;

  constructor(settings: ProgramSettings) {
    this.settings = settings;
    this.log = new LogFile(settings.log);
    // Nobody may be waiting.
    this.up.promise.catch(() => undefined);
    this.ready = this.start();
    this.done = this.ready.then(
      () => this.keepUp(),
      () => (settings.persistent ? this.keepUp() : this.up.reject(new Error('It did not start'))),
    );
  }

  /** How many requests it is answering. */
  get inFlight(): number {
    return this.requests;
  }

  /** Waits for a program that is being started; rejects with the signal's reason. */
  async invoke(
    body: Buffer,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ContainerAnswer> {
    this.requests += 1;
    try {
      const address = await unlessAborted(signal, this.up.promise);
      const answer = await fetch(`${address}/invocations`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        signal,
      });
      const content = Buffer.from(await answer.arrayBuffer());
      return { status: answer.status, headers: answer.headers, body: content };
    } finally {
      this.requests -= 1;
    }
  }

  /** Ends the program; first lets it answer what it was asked, for so many milliseconds. */
  async stop(drainMs: number): Promise<void> {
    for (const end = Date.now() + drainMs; this.requests > 0 && Date.now() < end; ) {
      await pause(20);
    }
    this.ended.abort();
    this.program?.stop(0);
    await this.done;
    await this.program?.exit;
    await this.log.close();
  }

  private async start(): Promise<void> {
    const { container, variant, endpoint, root, startupMs } = this.settings;
    await this.fetchModel();
    const port = await freePort();
    const image = this.settings.image(container.Image);
    this.ended.signal.throwIfAborted();
    const program = await startProgram({
      command: commandOf(dockerEntrypoint(image), ['serve']),
      cwd: image,
      environment: {
        ...inheritedVariables(),
        AWS_REGION: LOCAL_REGION,
        ...container.Environment,
        SLIPWAY_ML_ROOT: root,
        SLIPWAY_CACHE_DIR: this.settings.cache,
        // The variable that SageMaker itself names a port by, and the one that most programs know.
        SAGEMAKER_BIND_TO_PORT: String(port),
        PORT: String(port),
      },
      log: (text) => {
        this.tail = (this.tail + text).slice(-TAIL);
        this.log.write(text);
      },
    });
    this.program = program;
    if (this.ended.signal.aborted) program.stop(0);
    let code: number | undefined;
    void program.exit.then((value) => {
      code = value;
    });
    const address = `http://127.0.0.1:${port}`;
    const where = `The primary container for production variant ${variant} of ${endpoint}`;
    for (const end = Date.now() + startupMs; !(await isHealthy(address)); ) {
      this.ended.signal.throwIfAborted();
      if (code !== undefined) {
        throw new Error(`${where} ended with exit code ${code}. ${this.tail.trim()}`);
      }
      if (Date.now() > end) {
        program.stop(0);
        await program.exit;
        throw new Error(`${where} did not pass the ping health check. ${this.tail.trim()}`);
      }
      await pause(PING_EVERY_MS);
    }
    this.up.resolve(address);
  }

  /** Once: the folder gets its name when everything is in it, and a later start finds it. */
  private async fetchModel(): Promise<void> {
    const { container, root, download } = this.settings;
    await mkdir(root, { recursive: true });
    const uri = container.ModelDataSource?.S3DataSource.S3Uri;
    const [model, part] = [join(root, 'model'), join(root, 'model.part')];
    if (existsSync(model)) return;
    if (uri === undefined) {
      await mkdir(model, { recursive: true });
      return;
    }
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    try {
      await download(uri, part);
      await rename(part, model);
    } catch (error) {
      throw new Error(`Failed to download model data from ${uri}: ${messageOf(error)}`);
    }
  }

  private async keepUp(): Promise<void> {
    for (let delay = RESTART_MS; ; delay = Math.min(delay * 2, MAX_RESTART_MS)) {
      await this.program?.exit;
      if (this.ended.signal.aborted) return;
      this.up = Promise.withResolvers();
      this.log.write(`${new Date().toISOString()} the program ended; it is started again\n`);
      await pause(delay, undefined, { signal: this.ended.signal }).catch(() => undefined);
      if (this.ended.signal.aborted) return;
      try {
        await this.start();
        delay = RESTART_MS / 2;
      } catch (error) {
        if (!this.ended.signal.aborted) this.log.write(`${String(error)}\n`);
      }
    }
  }
}

async function isHealthy(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/ping`, { signal: AbortSignal.timeout(PING_TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}
