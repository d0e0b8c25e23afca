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

/** "Step Functions Execution Status Change", as EventBridge delivers it. */
export interface StatusChange {
  readonly source: 'aws.states';
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function statusChange(row: ExecutionRow): StatusChange {
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [row.arn],
    detail: {
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
    },
  };
}
