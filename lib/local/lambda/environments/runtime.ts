import { parentPort, workerData } from 'node:worker_threads';
import { withBodyApart } from './body-apart.ts';
import { leaveWhenAnswered } from './leave.ts';
import type {
  Answer,
  FromWorker,
  FunctionError,
  Leave,
  ToWorker,
  WorkerSettings,
} from './protocol.ts';
import { sendOutput } from './worker-output.ts';

/**
 * The execution environment inside a worker thread: imports the bundle once, then handles one event
 * at a time. Whatever goes wrong here ends this thread only.
 */
const port = parentPort;
if (!port) throw new Error('The Lambda runtime runs in a worker thread');
const settings = workerData as WorkerSettings;

const send = (message: FromWorker) => port.postMessage(message);

type Handler = (event: unknown, context: unknown) => unknown;

const output = sendOutput((text) => send({ type: 'output', text }));
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
  output.flush();
  send({ type: 'ready' });
} catch (error) {
  send({ type: 'broken', error: describe(error) });
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
    answer(apart ?? { type: 'result', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    answer({ type: 'error', error: describe(error) });
  }
}

function answer(one: Answer): void {
  const body = one.type === 'result' ? one.body : undefined;
  const message: FromWorker = { ...one, output: output.taken() };
  port?.postMessage(message, body ? [body.buffer] : []);
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
