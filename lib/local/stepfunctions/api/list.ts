import * as z from 'zod';
import { seconds } from '../../shared/aws-json.ts';
import { pageOf, pageToken, parsePageToken } from '../../shared/page.ts';
import { parseInput } from '../../shared/parse-input.ts';
import type { Machines } from '../execution/machines.ts';
import { executionRow } from '../execution/row.ts';
import type { Statements } from '../journal/statements.ts';
import { summarizeExecution } from './describe.ts';

const paged = z.strictObject({
  maxResults: z.number().int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});
const executionsOf = paged.extend({
  stateMachineArn: z.string().min(1),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
});

/** Newest first. */
export function listExecutions(input: unknown, machines: Machines, statements: Statements): object {
  const query = parseInput(executionsOf, input, 'ValidationException');
  const machine = machines.get(query.stateMachineArn);
  const limit = query.maxResults || 100;
  const before = parsePageToken(query.nextToken, Number.MAX_SAFE_INTEGER);
  const status = query.statusFilter ?? null;
  const rows = statements.listExecutions
    .all(machine.arn, status, before, limit + 1)
    .map(executionRow);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1)?.id ?? 0;
  return {
    executions: shown.map(summarizeExecution),
    ...(rows.length > limit && { nextToken: pageToken(last) }),
  };
}

export function listStateMachines(input: unknown, machines: Machines): object {
  const query = parseInput(paged, input, 'ValidationException');
  const page = pageOf(machines.list(), query.maxResults || 100, query.nextToken);
  return {
    stateMachines: page.shown.map((machine) => ({
      stateMachineArn: machine.arn,
      name: machine.name,
      type: machine.type,
      creationDate: seconds(machine.created),
    })),
    ...(page.next !== undefined && { nextToken: page.next }),
  };
}
