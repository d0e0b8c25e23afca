import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts';

/**
 * The execution environment inside a worker thread: imports the bundle once, then handles one event
 * at a time. Whatever goes wrong here ends this thread only.
 */
const port = parentPort;
if (!port) throw new Error('The Lambda runtime runs in a worker thread');
const settings = workerData as WorkerSettings;

const send = (message: FromWorker) => port.postMessage(message);

type Handler = (event: unknown, context: unknown) => unknown;

let handler: Handler;
try {
  const module = (await import(settings.bundle)) as Record<string, unknown>;
  const found = module[settings.handler];
  if (typeof found !== 'function') throw new Error(`index.${settings.handler} is not a function`);
  handler = found as Handler;
  send({ type: 'ready' });
} catch (error) {
  send({ type: 'broken', error: describe(error) });
  throw error;
}

port.on('message', (message: ToWorker) => {
  void handle(message);
});

async function handle(message: ToWorker): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.payload), context(message));
    send({ type: 'result', payload: JSON.stringify(result) ?? 'null' });
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
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

/** The error as Lambda reports it to callers and state machines. */
function describe(error: unknown) {
  if (!(error instanceof Error))
    return { errorType: 'Error', errorMessage: String(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}
