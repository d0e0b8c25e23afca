import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionConfig } from './function-config.ts';

/** Invocations that may wait for a free environment before callers are throttled. */
const MAX_WAITING = 1000;

/** Lambda's limit of a synchronous request or answer. */
const MAX_PAYLOAD = 6 * 1024 * 1024;

/** An environment that nobody used for this long is given up. */
export const IDLE_MS = 10 * 60_000;

/** The environments of one function: started when needed, one event at a time each. */
export class FunctionPool {
  readonly config: FunctionConfig;
  private readonly variables: Readonly<Record<string, string>>;
  private readonly log: (line: string) => void;
  private readonly idle: ExecutionEnvironment[] = [];
  private readonly waiting: ((environment: ExecutionEnvironment) => void)[] = [];
  private readonly all = new Set<ExecutionEnvironment>();

  constructor(
    config: FunctionConfig,
    variables: Readonly<Record<string, string>>,
    log: (line: string) => void,
  ) {
    this.config = config;
    this.variables = variables;
    this.log = log;
  }

  async invoke(payload: string): Promise<InvocationResult> {
    if (payload.length > MAX_PAYLOAD) {
      throw new AwsError('RequestTooLargeException', `Payload above ${MAX_PAYLOAD} bytes`, 413);
    }
    const environment = await this.take();
    const requestId = randomUUID();
    const started = performance.now();
    try {
      const result = await environment.invoke({ requestId, payload });
      return result.payload.length > MAX_PAYLOAD ? tooLarge(result.payload.length) : result;
    } finally {
      const duration = (performance.now() - started).toFixed(2);
      this.log(`REPORT RequestId: ${requestId} Duration: ${duration} ms`);
      this.release(environment);
    }
  }

  /** Starts one environment ahead of its first event. */
  warm(): void {
    if (this.all.size === 0) this.idle.push(this.start());
  }

  /** Gives up environments that nobody used since the moment (epoch milliseconds). */
  async discardIdleSince(moment: number): Promise<void> {
    for (const environment of [...this.idle]) {
      if (environment.lastUsed > moment) continue;
      this.idle.splice(this.idle.indexOf(environment), 1);
      this.all.delete(environment);
      await environment.terminate();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.all].map((environment) => environment.terminate()));
  }

  private take(): Promise<ExecutionEnvironment> | ExecutionEnvironment {
    for (let free = this.idle.pop(); free; free = this.idle.pop()) {
      if (!free.dead) return free;
      this.all.delete(free);
    }
    if (this.all.size < this.config.concurrency) return this.start();
    if (this.waiting.length >= MAX_WAITING) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private start(): ExecutionEnvironment {
    const environment = new ExecutionEnvironment(this.config, this.variables, this.log);
    this.all.add(environment);
    return environment;
  }

  private release(environment: ExecutionEnvironment): void {
    if (environment.dead) this.all.delete(environment);
    const next = this.waiting.shift();
    if (next) next(environment.dead ? this.start() : environment);
    else if (!environment.dead) this.idle.push(environment);
  }
}

const tooLarge = (size: number): InvocationResult => ({
  payload: JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${size} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD} bytes).`,
  }),
  functionError: 'Unhandled',
});
