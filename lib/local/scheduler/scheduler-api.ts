import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { AwsService } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import { parseInput } from '../shared/parse-input.ts';
import { DEFAULT_GROUP, scheduleArn, scheduleDefinition } from './schedule.ts';
import type { StoredSchedule } from './schedule-store.ts';
import type { Schedules } from './schedules.ts';

const BODY_LIMIT = 1024 * 1024;
const INVALID = 'ValidationException';

const query = z.strictObject({
  groupName: z.string().default(DEFAULT_GROUP),
  clientToken: z.string().optional(),
  ScheduleGroup: z.string().optional(),
  NamePrefix: z.string().default(''),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
  NextToken: z.string().default(''),
});

const tokened = z.object({ ClientToken: z.string().default('') });

const OPERATIONS = [
  'CreateSchedule',
  'UpdateSchedule',
  'GetSchedule',
  'DeleteSchedule',
  'ListSchedules',
];

/** The REST API. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
export function schedulerApi(schedules: Schedules): AwsService {
  return {
    signingNames: ['scheduler'],
    operations: OPERATIONS,
    handle: async (request, response) => {
      try {
        answer(response, 200, await dispatch(schedules, request));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        response.setHeader('x-amzn-errortype', error.code);
        answer(response, error.status, { Message: error.message });
      }
    },
  };
}

async function dispatch(schedules: Schedules, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = /^\/schedules(?:\/([^/]+))?\/?$/.exec(url.pathname);
  const name = decodeURIComponent(path?.[1] ?? '');
  const operation = `${request.method} ${name === '' ? 'all' : 'one'}`;
  const call = path && Object.hasOwn(CALLS, operation) ? CALLS[operation] : undefined;
  if (!call) {
    throw new AwsError('UnknownOperationException', `${request.method} ${url.pathname}`, 404);
  }
  const asked = parseInput(query, Object.fromEntries(url.searchParams), INVALID);
  const body = parseBody(await readBody(request, BODY_LIMIT));
  return call(schedules, { name, body, asked }) ?? {};
}

interface Call {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly asked: z.infer<typeof query>;
}

const parseSchedule = ({ body: { ClientToken: _, ...body }, name }: Call) =>
  parseInput(scheduleDefinition, { ...body, Name: name }, INVALID);

const idOf = ({ name, asked }: Call) => ({ GroupName: asked.groupName, Name: name });

const CALLS: Readonly<Record<string, (schedules: Schedules, call: Call) => unknown>> = {
  'POST one': (schedules, call) => {
    const { ClientToken } = parseInput(tokened, call.body, INVALID);
    const definition = parseSchedule(call);
    schedules.create(definition, ClientToken);
    return { ScheduleArn: scheduleArn(definition) };
  },
  'PUT one': (schedules, call) => {
    const definition = parseSchedule(call);
    schedules.update(definition);
    return { ScheduleArn: scheduleArn(definition) };
  },
  'GET one': (schedules, call) => {
    const { definition, created, modified } = schedules.find(idOf(call));
    return {
      ...definition,
      Arn: scheduleArn(definition),
      CreationDate: created / 1000,
      LastModificationDate: modified / 1000,
    };
  },
  'DELETE one': (schedules, call) => schedules.delete(idOf(call)),
  'GET all': (schedules, { asked }) => listSchedules(schedules, asked),
};

function listSchedules(schedules: Schedules, asked: Call['asked']) {
  const group = asked.ScheduleGroup;
  if (group !== undefined) schedules.checkGroup(group);
  const wanted = ({ definition: { GroupName, Name, State } }: StoredSchedule) =>
    (group === undefined || GroupName === group) &&
    Name.startsWith(asked.NamePrefix) &&
    (asked.State === undefined || State === asked.State);
  const found = schedules.list(asked.NextToken).filter(wanted);
  const page = found.slice(0, asked.MaxResults);
  return {
    Schedules: page.map(({ definition, created, modified }) => ({
      Arn: scheduleArn(definition),
      Name: definition.Name,
      GroupName: definition.GroupName,
      State: definition.State,
      CreationDate: created / 1000,
      LastModificationDate: modified / 1000,
      Target: { Arn: definition.Target.Arn },
    })),
    ...(found.length > page.length && { NextToken: tokenOf(page.at(-1)) }),
  };
}

const tokenOf = (last: StoredSchedule | undefined) =>
  last && `${last.definition.GroupName}/${last.definition.Name}`;

function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Answered below, together with JSON that is no object.
  }
  throw new AwsError(INVALID, 'The body is not a JSON object');
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
