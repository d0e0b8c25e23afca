import type { Context } from 'aws-lambda';
import { afterAll, beforeAll } from 'vitest';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { tracesTable } from '../../../functions/traces/table.ts';
import { handler } from '../../../functions/traces/traces.lambda.ts';
import { handler as ingestHandler } from '../../../functions/traces/traces-ingest.lambda.ts';
import { metricsTable, trackingTable } from '../../../functions/tracking/table.ts';
import { type Answer, callApi } from '../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { otlpJson, type TestSpan } from '../../support/otlp.ts';

/** Starts the engine with the tables of traces for the tests of a file. */
export function useTraces(): void {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
    dynamo = await startDynamo([trackingTable, metricsTable, tracesTable]);
  });
  afterAll(() => dynamo.stop());
}

interface AssessmentView {
  readonly assessment_id: string;
  readonly create_time: string;
  readonly valid: boolean;
  readonly rationale: string;
  readonly source: object;
  readonly issue: object;
  readonly expectation: {
    readonly value?: unknown;
    readonly serialized_value?: { readonly value: string };
  };
}

interface TraceInfoView {
  readonly trace_id: string;
  readonly state: string;
  readonly execution_duration: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly trace_metadata: Readonly<Record<string, string>>;
  readonly assessments: readonly AssessmentView[];
}

/** Members that the tests look into; an answer has those of its operation. */
interface Body {
  readonly trace: { readonly trace_info: TraceInfoView; readonly spans: readonly SpanView[] };
  readonly trace_infos: readonly TraceInfoView[];
  readonly traces: readonly TraceInfoView[];
  readonly trace_info: { readonly request_id: string; readonly tags: readonly object[] };
  readonly spans: readonly SpanView[];
  readonly assessment: AssessmentView;
  readonly data_points: readonly { readonly dimensions?: object; readonly values: object }[];
  readonly traces_deleted: number;
  readonly npmi?: number;
  readonly npmi_smoothed?: number;
  readonly joint_count: number;
  readonly next_page_token?: string;
  readonly error_code: string;
  readonly message: string;
}

interface SpanView {
  readonly trace_id: string;
  readonly name: string;
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly string_value?: string };
  }[];
}

type TracesAnswer = Answer<Body>;

/** Calls an endpoint below `/api/3.0/mlflow/traces`. */
export const traces = (method: string, path: string, body?: object): Promise<TracesAnswer> =>
  callApi(handler, method, `/api/3.0/mlflow/traces${path}`, body);

/** Calls an endpoint below `/api/2.0/mlflow/traces`. */
export const tracesV2 = (method: string, path: string, body?: object): Promise<TracesAnswer> =>
  callApi(handler, method, `/api/2.0/mlflow/traces${path}`, body);

export const artifact = (query: Record<string, string>): Promise<TracesAnswer> =>
  callApi(handler, 'GET', `/ajax-api/2.0/mlflow/get-trace-artifact?${new URLSearchParams(query)}`);

const inExperiment = (experiment_id: string) => ({
  type: 'MLFLOW_EXPERIMENT',
  mlflow_experiment: { experiment_id },
});

let ids = 0;

/** An id of a trace that no other test has: `tr-` and 32 hexadecimal digits. */
export const aTraceId = (): string => `tr-${String(++ids).padStart(32, '0')}`;

/** Starts a trace with a call of version 3; its id. */
export async function aTrace(experimentId: string, info: object = {}): Promise<string> {
  const { status, body } = await traces('POST', '', {
    trace: {
      trace_info: {
        trace_id: aTraceId(),
        trace_location: inExperiment(experimentId),
        request_time: '2026-11-21T10:00:00Z',
        execution_duration: '1.5s',
        state: 'OK',
        ...info,
      },
    },
  });
  if (status !== 200) throw new Error(body.message);
  return body.trace.trace_info.trace_id;
}

export const infoOf = async (id: string) => {
  const { body } = await traces('GET', `/${id}`);
  return body.trace.trace_info;
};

export const search = (experimentIds: string | readonly string[], more: object = {}) =>
  traces('POST', '/search', { locations: [experimentIds].flat().map(inExperiment), ...more });

/** Ids of the traces that a search finds, in order. */
export async function found(experimentIds: string | readonly string[], more: object = {}) {
  const { status, body } = await search(experimentIds, more);
  if (status !== 200) throw new Error(body.message);
  return (body.traces ?? []).map(({ trace_id }) => trace_id);
}

/** What the endpoint of OpenTelemetry answers. */
export async function exportRaw(
  body: Buffer,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly body: string; readonly type: unknown }> {
  const event = {
    rawPath: '/v1/traces',
    rawQueryString: '',
    headers,
    requestContext: {
      http: { method: 'POST' },
      authorizer: { lambda: { user: 'ana', groups: ['users'] } },
    },
    isBase64Encoded: true,
    body: body.toString('base64'),
  };
  const answer = (await ingestHandler(event as HttpEvent, {} as Context)) as HttpResult;
  return {
    status: answer.statusCode ?? 200,
    body: answer.body ?? '',
    type: answer.headers?.['content-type'],
  };
}

/** Sends spans of a trace by OpenTelemetry. */
export async function sendSpans(
  experimentId: string,
  traceId: string,
  spans: readonly TestSpan[],
  resource: object = {},
): Promise<void> {
  const answer = await exportRaw(Buffer.from(JSON.stringify(otlpJson(traceId, spans, resource))), {
    'content-type': 'application/json',
    'x-mlflow-experiment-id': experimentId,
  });
  if (answer.status !== 200) throw new Error(answer.body);
}

/** A trace with its spans. */
export const wholeOf = async (id: string) => {
  const { status, body } = await traces('GET', `/get?trace_id=${id}&allow_partial=true`);
  if (status !== 200) throw new Error(body.message);
  return body.trace;
};
