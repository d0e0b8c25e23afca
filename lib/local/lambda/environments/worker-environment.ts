import { Worker } from 'node:worker_threads';
import type { BundleFunction } from '../function-config.ts';
import type { Environment, Invocation } from './environment.ts';
import { exited, failed, initTimeoutMs, timedOut } from './environment-errors.ts';
import type {
  Answer,
  FromWorker,
  FunctionError,
  Leave,
  ToWorker,
  WorkerSettings,
} from './protocol.ts';

/** V8 wants head room above what the handler holds; below this even an import can fail. */
const MIN_HEAP_MB = 256;

/**
 * V8 lets the young generation of each thread grow to 192 MB under load, and nothing of that is given back
 * before the thread has had nothing to do. What an event leaves behind fits here; a third is in use.
 */
const YOUNG_GENERATION_MB = 24;

/**
 * One worker thread with its own environment variables and module state. It handles one event at a
 * time; after a timeout, a crash or an exit it is dead and must be thrown away.
 */
export class WorkerEnvironment implements Environment {
  /** Resolves when the bundle is imported; with an error when that failed. */
  readonly ready: Promise<FunctionError | undefined>;
  readonly config: BundleFunction;
  private readonly worker: Worker;
  private settle: ((answer: Answer) => void) | undefined;
  private requestId = '';
  dead = false;
  /** Given up on purpose: its end is no failure of the function. */
  leaving = false;
  private imported = false;
  private readonly exited: Promise<void>;
  lastUsed = Date.now();

  constructor(
    config: BundleFunction,
    variables: Readonly<Record<string, string>>,
    onOutput: (text: string) => void,
  ) {
    this.config = config;
    const workerData: WorkerSettings = {
      bundle: config.bundle,
      handler: config.handler,
      functionName: config.name,
      functionArn: config.arn,
      memoryMb: config.memoryMb,
    };
    this.worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData,
      env: { ...variables },
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(MIN_HEAP_MB, config.memoryMb),
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    for (const stream of [this.worker.stdout, this.worker.stderr]) {
      stream.setEncoding('utf8').on('data', onOutput);
    }
    this.exited = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.ready = this.initialized(onOutput);
    // The host decides how long it lives, not the threads that it keeps warm.
    this.worker.unref();
  }

  /** Never rejects: whatever happens to the thread is an answer. */
  async handle({ requestId, payload, bodyApart }: Invocation): Promise<Answer> {
    const { timeoutMs } = this.config;
    this.requestId = requestId;
    const answer = new Promise<Answer>((resolve) => {
      this.settle = resolve;
    });
    const timer = setTimeout(() => {
      this.settle?.(failed(timedOut(requestId, timeoutMs)));
      void this.terminate();
    }, timeoutMs);
    if (this.dead) this.settle?.(failed(exited(requestId, 'exit status 1')));
    else {
      const deadline = Date.now() + timeoutMs;
      this.worker.postMessage({ requestId, payload, deadline, bodyApart } satisfies ToWorker);
    }
    const result = await answer;
    clearTimeout(timer);
    this.settle = undefined;
    this.lastUsed = Date.now();
    return result;
  }

  /** Ends it between two requests to a service; resolves when it has ended. */
  async leave(): Promise<void> {
    this.leaving = true;
    if (!this.imported) return this.terminate();
    this.worker.postMessage({ leave: true } satisfies Leave);
    await this.exited;
  }

  async terminate(): Promise<void> {
    this.dead = true;
    await this.worker.terminate();
  }

  private initialized(onOutput: (text: string) => void): Promise<FunctionError | undefined> {
    return new Promise((resolve) => {
      const limit = initTimeoutMs(this.config);
      const late = setTimeout(() => {
        resolve({ errorType: 'Sandbox.Timedout', errorMessage: `Init took over ${limit} ms` });
        void this.terminate();
      }, limit);
      const broken = (error: FunctionError) => {
        clearTimeout(late);
        this.dead = true;
        resolve(error);
        this.settle?.(failed(error));
      };
      this.worker.on('message', (message: FromWorker) => {
        if (message.type === 'output') onOutput(message.text);
        else if (message.type === 'ready') {
          clearTimeout(late);
          this.imported = true;
          resolve(undefined);
        } else if (message.type === 'broken') {
          broken(message.error);
          void this.terminate();
        } else {
          const { output, ...answer } = message;
          if (output !== '') onOutput(output);
          this.settle?.(answer);
        }
      });
      this.worker.on('error', (error) => broken(uncaught(error, this.requestId)));
      this.worker.on('exit', (code) => broken(exited(this.requestId, `exit status ${code}`)));
    });
  }
}

function uncaught(error: unknown, requestId: string): FunctionError {
  if (!(error instanceof Error)) return { errorType: 'Error', errorMessage: String(error) };
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return exited(requestId, 'signal: killed');
  }
  const { name, message, stack = '' } = error;
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}
