import * as z from 'zod/mini';
import { getEndpoint, type LogRow } from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { findClientRequest, findRequest, putLabel } from '../inference-log-store.ts';

/** Labels that one call may bring: each costs two reads and a write. */
const MAX_LABELS = 5000;
const CONCURRENCY = 16;

const value = z.union([z.number(), z.boolean(), z.string()]);
const labelSchema = z
  .strictObject({
    request_id: z.optional(z.string()),
    client_request_id: z.optional(z.string()),
    label: z.union([value, z.array(z.nullable(value))]),
    /** When the truth became known, ISO 8601; by default now. */
    event_time: z.optional(z.iso.datetime({ offset: true, local: true })),
  })
  .check(
    z.refine(
      (label) => (label.request_id === undefined) !== (label.client_request_id === undefined),
      {
        message: 'needs either request_id or client_request_id',
      },
    ),
  );

const bodySchema = z.strictObject({ labels: z.array(labelSchema) });

type LabelInput = z.infer<typeof labelSchema>;

interface RecordLabelsOutput {
  /** Labels stored, new or corrected. */
  readonly recorded: number;
  /** Labels that were there already, word for word. */
  readonly unchanged: number;
  /** Ids that no request of this endpoint has. */
  readonly unknown: string[];
  readonly rejected: { id: string; message: string }[];
}

/** Takes delayed ground truth. Repeating a call changes nothing; another value corrects. */
export async function recordLabels(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<RecordLabelsOutput> {
  const { labels } = parseValue(Array.isArray(body) ? { labels: body } : body, bodySchema);
  if (labels.length > MAX_LABELS) throw invalid(`At most ${MAX_LABELS} labels per call`);
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);

  const output: RecordLabelsOutput & { recorded: number; unchanged: number } = {
    recorded: 0,
    unchanged: 0,
    unknown: [],
    rejected: [],
  };
  const queue = labels.values();
  const work = async () => {
    for (const input of queue) {
      const id = input.request_id ?? input.client_request_id ?? '';
      const request = await (input.request_id === undefined
        ? findClientRequest(endpoint.id, id)
        : findRequest(endpoint, id));
      const problem = request && mismatch(input, request);
      if (!request) output.unknown.push(id);
      else if (problem !== undefined) output.rejected.push({ id, message: problem });
      else if (await store(input, request, context)) output.recorded++;
      else output.unchanged++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return output;
}

function mismatch({ label }: LabelInput, { rows, statusCode }: LogRow): string | undefined {
  if (statusCode !== 200) return `the request was refused with ${statusCode}`;
  const given = Array.isArray(label) ? label.length : 1;
  return given === rows ? undefined : `the request had ${rows} rows, not ${given}`;
}

function store(input: LabelInput, request: LogRow, context: OperationContext): Promise<boolean> {
  return putLabel(request, {
    identity: request.clientRequestId ?? request.databricksRequestId,
    label: input.label,
    time: input.event_time === undefined ? context.clock() : utc(input.event_time),
  });
}

/** A time without a zone is UTC. */
const utc = (text: string) => Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
