import { Worker } from 'node:worker_threads';
import type { InvocationResult } from '../service.ts';
import type { FunctionConfig } from './function-config.ts';
import type { FromWorker, FunctionError, WorkerSettings } from './protocol.ts';

/** Time for a bundle's import, as Lambda's init phase has it. */
const INIT_TIMEOUT_MS = 10_000;

/** V8 wants head room above what the handler holds; below this even an import can fail. */
const MIN_HEAP_MB = 256;

export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
}

/**
 * One worker thread with its own environment variables and module state. It handles one event at a
 * time; after a timeout, a crash or an exit it is dead and must be thrown away.
 */
export class ExecutionEnvironment {
  private readonly config: FunctionConfig;
  private readonly worker: Worker;
  private readonly ready: Promise<FunctionError | undefined>;
  private settle: ((message: FromWorker) => void) | undefined;
  dead = false;
  lastUsed = Date.now();

  constructor(
    config: FunctionConfig,
    variables: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ) {
    this.config = config;
    const workerData: WorkerSettings = {
      bundle: config.bundle,
      handler: config.handler,
      functionName: config.name,
      functionArn: config.arn,
      memoryMb: config.memoryMb,
    };
    this.worker = new Worker(new URL('./runtime.ts', import.meta.url), {
      workerData,
      env: { ...variables },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(MIN_HEAP_MB, config.memoryMb) },
    });
    for (const stream of [this.worker.stdout, this.worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => onLine(text.trimEnd()));
    }
    let markReady: (error?: FunctionError) => void = () => {};
    this.ready = new Promise((resolve) => {
      markReady = resolve;
    });
    this.worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') markReady();
      else if (message.type === 'broken') markReady(message.error);
      else this.settle?.(message);
    });
    const died = (error: FunctionError) => {
      this.dead = true;
      markReady(error);
      this.settle?.({ type: 'error', error });
    };
    this.worker.on('error', (error) => died(uncaught(error)));
    this.worker.on('exit', (code) =>
      died({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with status ${code}` }),
    );
    // The host decides how long it lives, not the threads that it keeps warm.
    this.worker.unref();
  }

  async invoke({ requestId, payload }: Invocation): Promise<InvocationResult> {
    const { timeoutMs } = this.config;
    const broken = await within(this.ready, INIT_TIMEOUT_MS, INIT_TIMED_OUT);
    if (broken) {
      await this.terminate();
      return failure(broken);
    }
    const deadline = Date.now() + timeoutMs;
    const answer = new Promise<FromWorker>((resolve) => {
      this.settle = resolve;
    });
    this.worker.postMessage({ requestId, payload, deadline });
    const message = await within(answer, timeoutMs, timedOut(requestId, timeoutMs));
    this.settle = undefined;
    this.lastUsed = Date.now();
    if (message.type === 'result') return { payload: message.payload };
    if (message.type !== 'error') throw new Error(`Unexpected ${message.type}`);
    if (message.error.errorType === 'Sandbox.Timedout') await this.terminate();
    return failure(message.error);
  }

  async terminate(): Promise<void> {
    this.dead = true;
    await this.worker.terminate();
  }
}

const INIT_TIMED_OUT: FunctionError = {
  errorType: 'Sandbox.Timedout',
  errorMessage: `Init timed out after ${INIT_TIMEOUT_MS / 1000} seconds`,
};

const timedOut = (requestId: string, timeoutMs: number): FromWorker => ({
  type: 'error',
  error: {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
  },
});

const uncaught = (error: unknown): FunctionError => ({
  errorType: error instanceof Error ? error.name : 'Error',
  errorMessage: error instanceof Error ? error.message : String(error),
  ...(error instanceof Error && error.stack && { trace: error.stack.split('\n') }),
});

const failure = (error: FunctionError): InvocationResult => ({
  payload: JSON.stringify(error),
  functionError: 'Unhandled',
});

async function within<T>(work: Promise<T>, ms: number, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
