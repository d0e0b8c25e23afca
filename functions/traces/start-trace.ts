import { parseDuration, parseTimestamp } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { invalid } from '../shared/errors.ts';
import type { HttpResult } from '../shared/http/api.ts';
import { loadExperiment, requireActive } from '../tracking/index.ts';
import {
  type Assessment,
  type AssessmentInput,
  idInTrace,
  toAssessment,
} from './assessments/assessment.ts';
import { loadWithSpans } from './spans/span-store.ts';
import type { SpanUsage } from './spans/span-usage.ts';
import {
  artifactLocationOf,
  checkTraceId,
  IN_FILE,
  METADATA,
  parseObject,
  TAGS,
  type Trace,
  type TraceState,
} from './trace.ts';
import { changeTrace, type TraceRecord } from './trace-store.ts';
import { answer, toWireInfo } from './wire-trace.ts';

export const LOCATION_TYPES = [
  'TRACE_LOCATION_TYPE_UNSPECIFIED',
  'MLFLOW_EXPERIMENT',
  'INFERENCE_TABLE',
] as const;

export interface TraceLocation {
  readonly type?: (typeof LOCATION_TYPES)[number];
  readonly mlflow_experiment?: { readonly experiment_id?: string };
}

export interface StartTraceInput {
  readonly trace: {
    readonly trace_info?: {
      readonly trace_id?: string;
      readonly client_request_id?: string;
      readonly trace_location?: TraceLocation;
      readonly request_preview?: string;
      readonly response_preview?: string;
      readonly request_time?: string;
      readonly execution_duration?: string;
      readonly state?: TraceState;
      readonly trace_metadata?: Readonly<Record<string, string>>;
      readonly tags?: Readonly<Record<string, string>>;
      readonly assessments: readonly AssessmentInput[];
    };
  };
}

/** Records what a client knows of its trace; spans of it may have come before, or come later. */
export async function startTrace(
  { trace }: StartTraceInput,
  { clock }: OperationContext,
): Promise<HttpResult> {
  const info = trace.trace_info ?? { assessments: [] };
  checkLocation(info.trace_location);
  const trace_id = info.trace_id ?? '';
  checkTraceId(trace_id);
  const experiment = await loadExperiment(
    info.trace_location?.mlflow_experiment?.experiment_id ?? '',
  );
  requireActive(experiment);
  const { client_request_id, request_preview, response_preview, execution_duration } = info;
  const now = clock();
  const told: Trace = {
    trace_id,
    experiment_id: experiment.experiment_id,
    request_time: parseTimestamp(info.request_time),
    ...(execution_duration !== undefined && {
      execution_duration: parseDuration(execution_duration),
    }),
    state: info.state ?? 'STATE_UNSPECIFIED',
    ...(client_request_id !== undefined && { client_request_id }),
    ...(request_preview !== undefined && { request_preview }),
    ...(response_preview !== undefined && { response_preview }),
    trace_metadata: { ...info.trace_metadata, [METADATA.finalized]: 'true' },
    tags: {
      ...info.tags,
      [TAGS.artifactLocation]: artifactLocationOf(experiment.artifact_location, trace_id),
      ...((await lacksSpans(trace_id, info.trace_metadata)) && { [TAGS.spansLocation]: IN_FILE }),
    },
    assessments: info.assessments.map((one, i) =>
      toAssessment(one, now, idInTrace(trace_id, i, one)),
    ),
  };
  const after = await changeTrace(trace_id, (before) => withTold(before, told));
  return answer({ trace: { trace_info: toWireInfo(after?.trace ?? told) } });
}

/** The type must be told, too; a name that its enum has not is as good as none. */
function checkLocation({ type = LOCATION_TYPES[0], mlflow_experiment }: TraceLocation = {}): void {
  if (!mlflow_experiment || type === 'MLFLOW_EXPERIMENT') return;
  const id = mlflow_experiment.experiment_id ?? '';
  throw invalid(
    `Trace location type TraceLocationType.${type} does not match the provided location ` +
      `MlflowExperimentLocation(experiment_id='${id}').`,
  );
}

/** Bytes of all spans, as their client counts them, of which a request may have been too large for a function. */
const LARGE = 2 * 2 ** 20;

/**
 * Whether spans of a large trace have not come: a request of more than about 4.5 MB never does. Told so,
 * the client stores the spans as a file, which may have any size.
 */
async function lacksSpans(
  traceId: string,
  metadata: Readonly<Record<string, string>> | undefined,
): Promise<boolean> {
  const { total_size_bytes, num_spans } = parseObject(metadata?.[METADATA.sizeStats]) ?? {};
  if (typeof total_size_bytes !== 'number' || total_size_bytes < LARGE) return false;
  const spans = (await loadWithSpans(traceId))?.spans ?? [];
  return typeof num_spans === 'number' && spans.length < num_spans;
}

/** A trace as its client tells it, with what is known from elsewhere: spans, tags, assessments. */
export function withTold(before: TraceRecord | undefined, told: Trace): TraceRecord {
  if (!before) return { trace: told };
  const { trace: known, usage } = before;
  const isKnown = ({ assessment_id: id }: Assessment) =>
    known.assessments.some((one) => one.assessment_id === id);
  const isOver = told.state === 'IN_PROGRESS' && (known.state === 'OK' || known.state === 'ERROR');
  const trace: Trace = {
    ...keep(known, 'request_preview', 'response_preview'),
    ...told,
    // Its root has ended: the call was overtaken.
    ...(isOver && keep(known, 'state', 'execution_duration')),
    trace_metadata: { ...known.trace_metadata, ...told.trace_metadata },
    tags: { ...known.tags, ...told.tags },
    assessments: [...known.assessments, ...told.assessments.filter((one) => !isKnown(one))],
  };
  const left = usage && usageLeft(usage, told);
  return { trace, ...(left && Object.keys(left).length > 0 && { usage: left }) };
}

function keep<K extends keyof Trace>(trace: Trace, ...names: readonly K[]): Partial<Trace> {
  return Object.fromEntries(
    names.flatMap((name) => (trace[name] === undefined ? [] : [[name, trace[name]]])),
  );
}

/** Totals that the client told are no longer reckoned from the spans. */
function usageLeft(
  usage: Readonly<Record<string, SpanUsage>>,
  { trace_metadata: told }: Trace,
): Record<string, SpanUsage> {
  return Object.fromEntries(
    Object.entries(usage).flatMap(([span, { tokens, cost }]) => {
      const left = {
        ...(tokens && !(METADATA.tokenUsage in told) && { tokens }),
        ...(cost && !(METADATA.cost in told) && { cost }),
      };
      return Object.keys(left).length > 0 ? [[span, left]] : [];
    }),
  );
}
