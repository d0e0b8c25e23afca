/** An execution as the database has it. Times in milliseconds. */
export interface ExecutionRow {
  readonly id: number;
  readonly arn: string;
  /** ARN of the state machine. */
  readonly machine: string;
  readonly name: string;
  /** Hash of the definition that it was started with, and keeps. */
  readonly definition: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly started: number;
  readonly stopped: number | null;
  readonly redrives: number;
  readonly redriven: number | null;
}

/** node:sqlite answers rows without a type; the schema is ours. */
export function executionRow(row: unknown): ExecutionRow {
  return row as ExecutionRow;
}

/**
 * The detail of "Step Functions Execution Status Change".
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function statusDetail(row: ExecutionRow): Readonly<Record<string, unknown>> {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machine,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    name: row.name,
    status: row.status,
    startDate: row.started,
    stopDate: row.stopped,
    redriveCount: row.redrives,
    redriveDate: row.redriven,
    input: row.input,
    inputDetails: { included: true },
    output: row.output,
    outputDetails: row.output === null ? null : { included: true },
    error: row.error,
    cause: row.cause,
  };
}
