import { toDuration, toTimestamp } from '../mlflow/index.ts';
import { type HttpResult, json } from '../shared/http/api.ts';
import { toWireAssessment } from './assessments/assessment.ts';
import type { Trace } from './trace.ts';

/** Characters of metadata and tags that answers show (`mlflow/tracing/constant.py`). */
const MAX_METADATA = 250;
const MAX_TAG_KEY = 250;
const MAX_TAG_VALUE = 4096;

type Texts = Readonly<Record<string, string>>;

const cut = (texts: Texts, key: number, value: number): Texts =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name.slice(0, key), text.slice(0, value)]),
  );

const wireMetadata = (trace: Trace) => cut(trace.trace_metadata, MAX_METADATA, MAX_METADATA);
const wireTags = (trace: Trace) => cut(trace.tags, MAX_TAG_KEY, MAX_TAG_VALUE);

/** `mlflow.TraceInfoV3`. */
export function toWireInfo(trace: Trace): object {
  const { trace_id, experiment_id, execution_duration, assessments } = trace;
  const { client_request_id, request_preview, response_preview, state } = trace;
  const trace_metadata = wireMetadata(trace);
  const tags = wireTags(trace);
  return {
    trace_id,
    ...(client_request_id !== undefined && { client_request_id }),
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
    ...(request_preview !== undefined && { request_preview }),
    ...(response_preview !== undefined && { response_preview }),
    request_time: toTimestamp(trace.request_time),
    ...(execution_duration !== undefined && { execution_duration: toDuration(execution_duration) }),
    state,
    ...(Object.keys(trace_metadata).length > 0 && { trace_metadata }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(assessments.length > 0 && {
      assessments: assessments
        .toSorted((a, b) => a.create_time - b.create_time)
        .map((one) => toWireAssessment(one, trace_id)),
    }),
  };
}

const toPairs = (texts: Texts) => Object.entries(texts).map(([key, value]) => ({ key, value }));

/** A list, which answers have not when it is empty. */
export const listed = <N extends string>(name: N, list: readonly object[]) =>
  list.length > 0 && { [name]: list };

/** `mlflow.TraceInfo` of the older endpoints. */
export function toWireInfoV2(trace: Trace): object {
  const { trace_id, experiment_id, request_time, execution_duration = 0, state } = trace;
  return {
    request_id: trace_id,
    experiment_id,
    timestamp_ms: request_time,
    execution_time_ms: execution_duration,
    status: state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : state,
    ...listed('request_metadata', toPairs(wireMetadata(trace))),
    ...listed('tags', toPairs(wireTags(trace))),
  };
}

/** A body as it is: values of assessments and attributes may be null or empty. */
export const answer = (body: object): HttpResult => json(200, body);
