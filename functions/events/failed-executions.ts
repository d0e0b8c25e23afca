import * as z from 'zod/mini';
import { SYSTEM_ACTOR } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import type { OperationContext } from '../shared/context.ts';

/** An execution of a state machine that somebody stopped, or that ended in an error. */
export interface FailedExecution {
  /** ARN of the state machine. */
  readonly machine: string;
  readonly name: string;
  /** By a person, or a program, with AWS's API. */
  readonly stopped: boolean;
  readonly input: Readonly<Record<string, unknown>>;
  readonly error: string;
  readonly cause: string;
}

/**
 * Ends what the execution left open. Most had recorded their failure themselves, and some are told of
 * twice: what has ended stays as it is.
 */
export type FailureHandler = (
  execution: FailedExecution,
  context: OperationContext,
) => Promise<void>;

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const STATUS_CHANGE = 'Step Functions Execution Status Change';

const text = z.optional(z.nullable(z.string()));
const schema = z.object({
  detail: z.object({
    stateMachineArn: z.string(),
    name: z.string(),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    /** Left out of the event when it is large: those of this platform are not. */
    input: z.string(),
    error: text,
    cause: text,
  }),
});

export const isStatusChange = (body: unknown): boolean =>
  (body as { 'detail-type'?: unknown })['detail-type'] === STATUS_CHANGE;

/** What is said of executions that end without a word of their own. */
const UNSAID = {
  FAILED: { error: 'States.Runtime', cause: '' },
  TIMED_OUT: { error: 'States.Timeout', cause: 'the execution took longer than it may' },
  ABORTED: { error: 'Stopped', cause: 'somebody stopped the execution' },
} as const;

/** Takes the event that a state machine's execution has ended badly. */
export function failedExecutionHandler(settle: FailureHandler) {
  return async (body: unknown): Promise<void> => {
    const { stateMachineArn: machine, name, status, ...detail } = z.parse(schema, body).detail;
    const input = JSON.parse(detail.input) as Record<string, unknown>;
    const { correlation_id: correlationId } = input;
    const execution = {
      machine,
      name,
      stopped: status === 'ABORTED',
      input,
      error: detail.error || UNSAID[status].error,
      cause: detail.cause || UNSAID[status].cause,
    };
    await settle(execution, {
      actor: SYSTEM_ACTOR,
      clock: systemClock,
      correlationId: typeof correlationId === 'string' ? correlationId : '',
      causationId: name,
    });
  };
}
