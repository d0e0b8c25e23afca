import * as z from 'zod';
import { seconds } from '../../shared/aws-json.ts';
import { pageToken, parsePageToken } from '../../shared/page.ts';
import { parseInput } from '../../shared/parse-input.ts';
import type { StandardExecutions } from '../execution/standard.ts';
import type { Statements } from '../journal/statements.ts';

const request = z.strictObject({
  executionArn: z.string().min(1),
  maxResults: z.number().int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
});

/** Members that includeExecutionData: false leaves out. */
const DATA = ['input', 'output', 'parameters', 'assignedVariables'];

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
export function getExecutionHistory(
  input: unknown,
  executions: StandardExecutions,
  statements: Statements,
): object {
  const query = parseInput(request, input, 'ValidationException');
  const { id } = executions.get(query.executionArn);
  const limit = query.maxResults || 100;
  const after = parsePageToken(query.nextToken, query.reverseOrder ? Number.MAX_SAFE_INTEGER : 0);
  const page = query.reverseOrder ? statements.eventsReversed : statements.events;
  const rows = page.all(id, after, limit + 1);
  const events = rows.slice(0, limit).map((row) => ({
    id: row.id,
    previousEventId: row.previous,
    timestamp: seconds(Number(row.time)),
    type: row.type,
    ...details(JSON.parse(String(row.details)), query.includeExecutionData),
  }));
  const last = Number(events.at(-1)?.id ?? 0);
  return { events, ...(rows.length > limit && { nextToken: pageToken(last) }) };
}

function details(
  stored: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  withData: boolean,
): object {
  const result: Record<string, Record<string, unknown>> = {};
  for (const [name, members] of Object.entries(stored)) {
    const shown = Object.entries(members).filter(([member]) => withData || !DATA.includes(member));
    result[name] = Object.fromEntries(shown);
    for (const member of ['input', 'output'] as const) {
      if (withData && member in members) result[name][`${member}Details`] = { truncated: false };
    }
  }
  return result;
}
