import { join } from 'node:path';
import type {
  AwsService,
  Deliver,
  LambdaInvoker,
  Lifecycle,
  ResourceProvider,
} from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { AsyncQueue } from './async-queue.ts';
import { type FunctionOptions, Functions } from './functions.ts';
import { lambdaApi } from './lambda-api.ts';
import { MAX_ASYNC_PAYLOAD, sizeAbove } from './payload.ts';

/** An environment that nobody used for this long is given up. */
const IDLE_MS = 10 * 60_000;

const LEAVE_MS = 1000;

export interface LambdaOptions extends FunctionOptions {
  /** Takes events that failed for good to a function's destination. */
  readonly deliver: Deliver;
  /** Milliseconds that functions in work may take at a reset before they are given up; by default a second. */
  readonly leaveMs?: number;
}

export interface LambdaService extends AwsService, Lifecycle, LambdaInvoker {
  readonly providers: readonly ResourceProvider[];
  /** What the functions measured since the start, as Prometheus reads it. */
  metrics(): string;
  /** Takes another folder of code for a function; what is in work finishes with the old one. */
  replaceCode(name: string, folder: string): void;
  /**
   * Forgets asynchronous events and gives up every environment, with whatever it had cached; none asks
   * anything of a service afterwards.
   */
  reset(): Promise<void>;
}

/** The Lambda host: functions of the template, each in worker threads or child processes of its own. */
export function createLambda(options: LambdaOptions): LambdaService {
  const functions = new Functions(options);
  const queue = new AsyncQueue(join(options.dataDir, 'lambda.db'), {
    invoke: async (name, payload) => functions.pool(name).invoke(payload),
    policy: (name) => functions.asyncPolicy(name),
    deliver: options.deliver,
  });
  const invoker: LambdaInvoker = {
    invoke: async (arn, payload, options) => functions.pool(arn).invoke(payload, options),
    invokeAsync: async (arn, payload) => {
      const { name } = functions.pool(arn).config;
      if (sizeAbove(payload, MAX_ASYNC_PAYLOAD)) {
        const message = `Payload above ${MAX_ASYNC_PAYLOAD} bytes`;
        throw new AwsError('RequestTooLargeException', message, 413);
      }
      queue.add(name, payload);
    },
  };
  let sweep: NodeJS.Timeout | undefined;
  return {
    ...invoker,
    ...lambdaApi({
      invoker,
      find: (name) => functions.pool(name).config,
      list: () => functions.all().map(({ config }) => config),
    }),
    providers: functions.providers,
    metrics: () => functions.metrics.toPrometheus(),
    replaceCode: (name, folder) => functions.pool(name).replaceCode(folder),
    reset: async () => {
      queue.clear();
      const { leaveMs = LEAVE_MS } = options;
      await Promise.all(functions.all().map((pool) => pool.discard(leaveMs)));
      await queue.settled();
    },
    start: async () => {
      queue.start();
      sweep = setInterval(() => {
        for (const pool of functions.all()) void pool.discardIdleSince(Date.now() - IDLE_MS);
      }, 60_000);
    },
    stop: async () => {
      clearInterval(sweep);
      await queue.stop();
      await functions.stop();
    },
  };
}
