import { seconds } from '../../shared/aws-json.ts';
import type { ExecutionRow } from '../execution/row.ts';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export function describeExecution(row: ExecutionRow): object {
  const redrivable = row.status !== 'RUNNING' && row.status !== 'SUCCEEDED';
  return {
    ...summarizeExecution(row),
    input: row.input,
    inputDetails: { included: true },
    ...(row.output !== null && { output: row.output, outputDetails: { included: true } }),
    ...(row.error !== null && { error: row.error }),
    ...(row.cause !== null && { cause: row.cause }),
    redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(!redrivable && { redriveStatusReason: `Execution is ${row.status}` }),
  };
}

export function summarizeExecution(row: ExecutionRow): object {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machine,
    name: row.name,
    status: row.status,
    startDate: seconds(row.started),
    ...(row.stopped !== null && { stopDate: seconds(row.stopped) }),
    redriveCount: row.redrives,
    ...(row.redriven !== null && { redriveDate: seconds(row.redriven) }),
  };
}
