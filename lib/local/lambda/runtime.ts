import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { withBodyApart } from './body-apart.ts';
import { leaveWhenAnswered } from './leave.ts';
import type { FromWorker, FunctionError, Leave, ToWorker, WorkerSettings } from './protocol.ts';

/**
 * The execution environment inside a worker thread: imports the bundle once, then handles one event
 * at a time. Whatever goes wrong here ends this thread only.
 */
const port = parentPort;
if (!port) throw new Error('The Lambda runtime runs in a worker thread');
const settings = workerData as WorkerSettings;

const send = (message: FromWorker) => port.postMessage(message);

type Handler = (event: unknown, context: unknown) => unknown;

enableCompileCache();
for (const stream of [process.stdout, process.stderr]) stream.write = writeToHost(stream.write);
const leave = leaveWhenAnswered();
process.on('unhandledRejection', (reason) => {
  throw Object.assign(new Error(String(reason)), { name: 'Runtime.UnhandledPromiseRejection' });
});
try {
  const handler = await load();
  port.on('message', (message: ToWorker | Leave) => {
    if ('leave' in message) leave();
    else void handle(handler, message);
  });
  send({ type: 'ready' });
} catch (error) {
  send({ type: 'broken', error: describe(error) });
}

/**
 * Texts go to the host as messages: on their way through the thread's own streams each line costs several
 * times as much. What is not text takes that way.
 */
function writeToHost(otherwise: typeof process.stdout.write): typeof process.stdout.write {
  return function (this: typeof process.stdout, chunk: unknown, ...rest: never[]) {
    if (typeof chunk !== 'string') return otherwise.call(this, chunk as never, ...rest);
    send({ type: 'output', text: chunk });
    const done: unknown = rest.at(-1);
    if (typeof done === 'function') queueMicrotask(() => done());
    return true;
  } as typeof process.stdout.write;
}

async function load(): Promise<Handler> {
  const module = (await import(settings.bundle)) as Record<string, unknown>;
  const found = module[settings.handler];
  if (typeof found === 'function') return found as Handler;
  const error = new Error(`${settings.handler} is undefined or not exported`);
  throw Object.assign(error, { name: 'Runtime.HandlerNotFound' });
}

async function handle(handler: Handler, message: ToWorker): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.payload), context(message));
    const apart = message.bodyApart ? withBodyApart(result) : undefined;
    if (apart) port?.postMessage(apart, [apart.body.buffer]);
    else send({ type: 'result', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    send({ type: 'error', error: describe(error) });
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function context(message: ToWorker) {
  return {
    awsRequestId: message.requestId,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const { name, message, stack = '' } = error;
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}
