import type { Answer, FunctionError } from './protocol.ts';

/** Time until an environment must be ready, as Lambda's init phase has it. */
const INIT_TIMEOUT_MS = 10_000;

export const initTimeoutMs = ({ timeoutMs }: { readonly timeoutMs: number }): number =>
  Math.max(INIT_TIMEOUT_MS, timeoutMs);

export const failed = (error: FunctionError): Answer => ({ type: 'error', error });

/** https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
export const timedOut = (requestId: string, timeoutMs: number): FunctionError => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
});

export const exited = (requestId: string, how: string): FunctionError => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
});
