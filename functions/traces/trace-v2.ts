import { wrong } from '../mlflow/index.ts';
import type { HttpResult } from '../shared/http/api.ts';
import { newHexId } from '../shared/ids.ts';
import { loadExperiment, requireActive } from '../tracking/index.ts';
import { artifactLocationOf, TAGS, type Trace, type TraceState, traceMissing } from './trace.ts';
import { changeTrace } from './trace-store.ts';
import { answer, toWireInfoV2 } from './wire-trace.ts';

interface Pair {
  readonly key?: string;
  readonly value?: string;
}

interface Told {
  readonly timestamp_ms?: number;
  readonly request_metadata: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** `name`: the field that the pairs are in, which is wrong as a whole when one has no key. */
function toTexts(pairs: readonly Pair[], name: string): Record<string, string> {
  if (pairs.some(({ key }) => !key)) throw wrong(pairs, name, 'pairs with keys');
  return Object.fromEntries(pairs.map(({ key = '', value = '' }) => [key, value]));
}

const textsOf = ({ request_metadata, tags }: Told) => ({
  metadata: toTexts(request_metadata, 'request_metadata'),
  tags: toTexts(tags, 'tags'),
});

/** Begins a trace as clients before MLflow 3 do: its spans become a file. */
export async function startTraceV2(
  input: Told & { readonly experiment_id?: string },
): Promise<HttpResult> {
  const { metadata, tags } = textsOf(input);
  const experiment = await loadExperiment(input.experiment_id ?? '');
  requireActive(experiment);
  const trace_id = newHexId();
  const trace: Trace = {
    trace_id,
    experiment_id: experiment.experiment_id,
    request_time: input.timestamp_ms ?? 0,
    state: 'IN_PROGRESS',
    trace_metadata: metadata,
    tags: {
      ...tags,
      [TAGS.artifactLocation]: artifactLocationOf(experiment.artifact_location, trace_id),
    },
    assessments: [],
  };
  await changeTrace(trace_id, () => ({ trace }));
  return answer({ trace_info: toWireInfoV2(trace) });
}

export const STATUSES_V2 = ['TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] as const;

export async function endTraceV2(
  input: Told & { readonly request_id: string; readonly status?: (typeof STATUSES_V2)[number] },
): Promise<HttpResult> {
  const texts = textsOf(input);
  const { request_id, status = 'TRACE_STATUS_UNSPECIFIED', timestamp_ms } = input;
  const state: TraceState = status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : status;
  const after = await changeTrace(request_id, (before) => {
    if (!before) throw traceMissing(request_id);
    const { trace } = before;
    return {
      ...before,
      trace: {
        ...trace,
        execution_duration: (timestamp_ms ?? 0) - trace.request_time,
        state,
        trace_metadata: { ...trace.trace_metadata, ...texts.metadata },
        tags: { ...trace.tags, ...texts.tags },
      },
    };
  });
  if (!after) throw traceMissing(request_id);
  return answer({ trace_info: toWireInfoV2(after.trace) });
}
