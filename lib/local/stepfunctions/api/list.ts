import * as z from 'zod';
import { seconds } from '../../shared/aws-json.ts';
import { parseInput } from '../../shared/parse-input.ts';
import type { Machines } from '../execution/machines.ts';
import { executionRow } from '../execution/row.ts';
import type { Statements } from '../journal/statements.ts';
import { summarizeExecution } from './describe.ts';
import { pageToken, parsePageToken } from './page-token.ts';

const page = z.strictObject({
  maxResults: z.number().int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});
const executionsOf = page.extend({
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
  const query = parseInput(page, input, 'ValidationException');
  const limit = query.maxResults || 100;
  const from = parsePageToken(query.nextToken, 0);
  const all = machines.list();
  return {
    stateMachines: all.slice(from, from + limit).map((machine) => ({
      stateMachineArn: machine.arn,
      name: machine.name,
      type: machine.type,
      creationDate: seconds(machine.created),
    })),
    ...(all.length > from + limit && { nextToken: pageToken(from + limit) }),
  };
}
