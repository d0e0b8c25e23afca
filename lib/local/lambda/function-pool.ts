import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { InvocationResult, InvokeOptions } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { type Environment, startEnvironment } from './environments/environment.ts';
import type { Answer, FunctionError } from './environments/protocol.ts';
import { type FunctionConfig, withCode } from './function-config.ts';
import { MAX_PAYLOAD, sizeAbove } from './payload.ts';

/** Invocations that may wait for a free environment before callers are throttled. */
const MAX_WAITING = 1000;

/**
 * Milliseconds after which an event counts as stuck: it waits for a model, a receiver, or for ever. Where all
 * are, those behind them get one environment more; what merely computes gains nothing from another thread.
 */
const STUCK_MS = 1000;

interface Job {
  readonly requestId: string;
  readonly payload: string;
  readonly bodyApart: boolean;
  readonly resolve: (result: InvocationResult) => void;
}

interface PoolHooks {
  /** Takes what belongs into the function's log. */
  readonly log: (text: string) => void;
  /** Told of each invocation that failed. */
  readonly onError?: (error: FunctionError) => void;
}

/**
 * The environments of one function: started when needed, one event at a time each. Events wait in
 * order for whichever environment is free first.
 */
export class FunctionPool {
  config: FunctionConfig;
  private readonly variables: Readonly<Record<string, string>>;
  private readonly hooks: PoolHooks;
  private readonly waiting: Job[] = [];
  private readonly idle: Environment[] = [];
  private readonly all = new Set<Environment>();
  /** Milliseconds that starting took of environments that have not reported it yet. */
  private readonly started = new WeakMap<Environment, string>();
  private starting = 0;
  /** When each environment that is at work took its event, in milliseconds of the process. */
  private readonly atWork = new Map<Environment, number>();
  private relief: NodeJS.Timeout | undefined;

  constructor(
    config: FunctionConfig,
    variables: Readonly<Record<string, string>>,
    hooks: PoolHooks,
  ) {
    this.config = config;
    this.variables = variables;
    this.hooks = hooks;
  }

  /** Throws RequestTooLargeException and TooManyRequestsException; a function's failure is a result. */
  invoke(payload: string, { bodyApart = false }: InvokeOptions = {}): Promise<InvocationResult> {
    if (sizeAbove(payload, MAX_PAYLOAD)) {
      throw new AwsError('RequestTooLargeException', `Payload above ${MAX_PAYLOAD} bytes`, 413);
    }
    if (this.config.concurrency === 0 || this.waiting.length >= MAX_WAITING) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    this.waiting.push({ requestId: randomUUID(), payload, bodyApart, resolve });
    this.dispatch();
    return promise;
  }

  /** Takes another folder of code; what is in work finishes with the old one. */
  replaceCode(folder: string): void {
    this.config = withCode(this.config, folder);
    for (const environment of this.idle.splice(0)) this.retire(environment);
  }

  /** Gives up environments that nobody used since the moment (epoch milliseconds). */
  async discardIdleSince(moment: number): Promise<void> {
    const unused = this.idle.filter((environment) => environment.lastUsed < moment);
    for (const environment of unused) {
      this.idle.splice(this.idle.indexOf(environment), 1);
      this.all.delete(environment);
    }
    await Promise.all(unused.map((environment) => environment.terminate()));
  }

  /**
   * Gives up every environment, busy or not; who still waits for an answer gets an error. What a service
   * was asked for is carried out before, unless that takes longer than the time given.
   */
  async discard(milliseconds: number): Promise<void> {
    const given = [...this.all];
    this.all.clear();
    this.idle.length = 0;
    for (const job of this.waiting.splice(0)) job.resolve(toResult({ type: 'error', error: GONE }));
    const left = Promise.all(given.map((environment) => environment.leave()));
    await Promise.race([left, pause(milliseconds, undefined, { ref: false })]);
    await Promise.all(given.map((environment) => environment.terminate()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.all].map((environment) => environment.terminate()));
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const environment = this.takeIdle();
      if (!environment) break;
      const job = this.waiting.shift();
      if (job) void this.run(environment, job);
    }
    while (this.waiting.length > this.starting && this.all.size < this.config.usualConcurrency) {
      this.start();
    }
    this.relieveLater();
  }

  private relieveLater(): void {
    if (this.relief || this.waiting.length === 0) return;
    if (this.all.size >= this.config.concurrency) return;
    const look = () => {
      this.relief = undefined;
      const stuckBefore = performance.now() - STUCK_MS;
      const stuck = [...this.atWork.values()].every((since) => since < stuckBefore);
      if (stuck && this.waiting.length > 0 && this.starting === 0) this.start();
      else this.relieveLater();
    };
    // Where this thread stood still, answers have come that it has not read yet: they are first.
    this.relief = setTimeout(() => setImmediate(look), STUCK_MS / 4).unref();
  }

  /** The one used last, so that surplus environments fall idle for good. */
  private takeIdle(): Environment | undefined {
    for (let free = this.idle.pop(); free; free = this.idle.pop()) {
      if (!free.dead && !free.leaving) return free;
      this.all.delete(free);
    }
    return undefined;
  }

  private start(): void {
    const environment = startEnvironment(this.config, this.variables, this.hooks.log);
    const started = performance.now();
    this.all.add(environment);
    this.starting += 1;
    void environment.ready.then((error) => {
      this.starting -= 1;
      // One that was given up meanwhile must not answer for those that came after it.
      if (!this.all.has(environment)) return this.dispatch();
      if (error) this.failInit(environment, error);
      else if (environment.config !== this.config) this.retire(environment);
      else {
        this.started.set(environment, since(started));
        this.idle.push(environment);
      }
      this.dispatch();
    });
  }

  private failInit(environment: Environment, error: FunctionError): void {
    this.all.delete(environment);
    this.hooks.log('INIT_REPORT Status: error\n');
    this.report(error);
    this.waiting.shift()?.resolve(toResult({ type: 'error', error }));
  }

  private async run(environment: Environment, job: Job): Promise<void> {
    const started = performance.now();
    this.atWork.set(environment, started);
    this.hooks.log(`START RequestId: ${job.requestId} Version: $LATEST\n`);
    const answer = await environment.handle(job);
    this.atWork.delete(environment);
    if (answer.type === 'error' && !environment.leaving) this.report(answer.error);
    this.hooks.log(
      `END RequestId: ${job.requestId}\n${this.reportLine(job.requestId, since(started), environment)}`,
    );
    job.resolve(toResult(answer));
    if (environment.dead || environment.leaving) this.all.delete(environment);
    else if (environment.config === this.config) this.idle.push(environment);
    else this.retire(environment);
    this.dispatch();
  }

  /**
   * As CloudWatch Logs has it, but for the memory: threads share a process.
   * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
   */
  private reportLine(requestId: string, duration: string, environment: Environment): string {
    const init = this.started.get(environment);
    this.started.delete(environment);
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${duration} ms`,
      `Billed Duration: ${Math.ceil(Number(duration) + Number(init ?? 0))} ms`,
      `Memory Size: ${this.config.memoryMb} MB`,
      ...(init === undefined ? [] : [`Init Duration: ${init} ms`]),
    ];
    return `${parts.join('\t')}\n`;
  }

  private retire(environment: Environment): void {
    this.all.delete(environment);
    void environment.terminate();
  }

  private report(error: FunctionError): void {
    this.hooks.log(`ERROR ${JSON.stringify(error)}\n`);
    this.hooks.onError?.(error);
  }
}

const GONE: FunctionError = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'The environment was given up',
};

const since = (started: number) => (performance.now() - started).toFixed(2);

function toResult(answer: Answer): InvocationResult {
  if (answer.type === 'error') {
    return { payload: JSON.stringify(answer.error), functionError: 'Unhandled' };
  }
  const { payload, body } = answer;
  if (body) return { payload, body };
  if (!sizeAbove(payload, MAX_PAYLOAD)) return { payload };
  const error: FunctionError = {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${payload.length} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD} bytes).`,
  };
  return toResult({ type: 'error', error });
}
