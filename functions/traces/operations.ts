import {
  bodyless,
  bool,
  double,
  duration,
  enumeration,
  int32,
  message,
  messages,
  operation,
  requiredString,
  rounded64,
  string,
  stringMap,
  strings,
  timestamp,
  typedString,
  typedStrings,
} from '../mlflow/index.ts';
import { assessmentFields } from './assessments/assessment.ts';
import {
  createAssessment,
  deleteAssessment,
  getAssessment,
  updateAssessment,
} from './assessments/change-assessments.ts';
import { deleteTraceTag, setTraceTag } from './change-trace-tag.ts';
import { deleteTraces } from './delete-traces.ts';
import { deleteDemo, generateDemo } from './demo/demo.ts';
import {
  batchGetTraceInfos,
  batchGetTraces,
  getTrace,
  getTraceInfo,
  getTraceInfoV2,
} from './get-trace.ts';
import { getTraceArtifact } from './get-trace-artifact.ts';
import { linkPromptsToTrace, linkTracesToRun } from './links/link-traces.ts';
import { AGGREGATIONS, queryTraceMetrics, VIEW_TYPES } from './metrics/query-trace-metrics.ts';
import { calculateFilterCorrelation } from './search/correlate-filters.ts';
import { searchTraces, searchTracesV2 } from './search/search-traces.ts';
import { LOCATION_TYPES, startTrace } from './start-trace.ts';
import { TRACE_STATES } from './trace.ts';
import { endTraceV2, STATUSES_V2, startTraceV2 } from './trace-v2.ts';

const traceId = { trace_id: requiredString };
const requestId = { request_id: requiredString };
const assessmentId = { ...traceId, assessment_id: requiredString };
const traceIds = { trace_ids: typedStrings };
const location = {
  type: enumeration(...LOCATION_TYPES),
  mlflow_experiment: message({ experiment_id: string }),
  inference_table: message({ full_table_name: string }),
};
const traceInfo = {
  trace_id: string,
  client_request_id: string,
  trace_location: message(location),
  request: string,
  response: string,
  request_preview: string,
  response_preview: string,
  request_time: timestamp,
  execution_duration: duration,
  state: enumeration(...TRACE_STATES),
  trace_metadata: stringMap,
  assessments: messages(assessmentFields),
  tags: stringMap,
};
const search = {
  filter: string,
  max_results: { ...int32, max: 500 },
  order_by: strings,
  page_token: string,
} as const;
const pairs = messages({ key: string, value: string });
const tag = { key: typedString, value: string };
const required = { required: true } as const;
const typed = { ...required, check: 'first' } as const;

/** Operations of the function `traces` with the fields of their requests. */
export const tracesOperations = {
  startTrace: operation(
    { trace: { ...message({ trace_info: message(traceInfo) }), ...required } },
    startTrace,
  ),
  getTraceInfo: operation(traceId, getTraceInfo),
  getTrace: operation({ ...traceId, allow_partial: bool }, getTrace),
  batchGetTraces: operation(traceIds, batchGetTraces),
  batchGetTraceInfos: operation(traceIds, batchGetTraceInfos),
  searchTraces: operation(
    { locations: { ...messages(location), ...typed }, ...search },
    searchTraces,
  ),
  deleteTraces: operation(
    {
      experiment_id: typedString,
      max_timestamp_millis: rounded64,
      max_traces: int32,
      request_ids: strings,
    },
    deleteTraces,
  ),
  setTraceTag: operation({ ...traceId, ...tag }, (input) => setTraceTag(input.trace_id, input)),
  deleteTraceTag: operation({ ...traceId, key: requiredString }, (input) =>
    deleteTraceTag(input.trace_id, input.key),
  ),
  linkTracesToRun: operation({ ...traceIds, run_id: typedString }, linkTracesToRun),
  linkPromptsToTrace: operation(
    {
      trace_id: typedString,
      prompt_versions: { ...messages({ name: string, version: string }), ...typed },
    },
    linkPromptsToTrace,
  ),
  generateDemo: bodyless(generateDemo),
  deleteDemo: bodyless(deleteDemo),
  createAssessment: operation(
    { ...traceId, assessment: { ...message(assessmentFields), ...required } },
    createAssessment,
  ),
  getAssessment: operation(assessmentId, getAssessment),
  updateAssessment: operation(
    {
      ...assessmentId,
      assessment: { ...message(assessmentFields), ...required },
      update_mask: requiredString,
    },
    updateAssessment,
  ),
  deleteAssessment: operation(assessmentId, deleteAssessment),
  queryTraceMetrics: operation(
    {
      experiment_ids: typedStrings,
      // One that there is not stands for the first, as on MLflow's servers.
      view_type: {
        ...enumeration(...VIEW_TYPES),
        ...required,
        check: 'nothing',
        otherwise: VIEW_TYPES[0],
      },
      metric_name: typedString,
      aggregations: {
        ...messages({
          aggregation_type: enumeration(...AGGREGATIONS),
          percentile_value: double,
        }),
        ...typed,
      },
      dimensions: strings,
      filters: strings,
      time_interval_seconds: rounded64,
      start_time_ms: rounded64,
      end_time_ms: rounded64,
      max_results: int32,
      page_token: string,
    },
    queryTraceMetrics,
  ),
  calculateFilterCorrelation: operation(
    {
      experiment_ids: typedStrings,
      filter_string1: typedString,
      filter_string2: typedString,
      base_filter: string,
    },
    calculateFilterCorrelation,
  ),
  getTraceArtifact: operation({ request_id: string, path: string }, getTraceArtifact),
  startTraceV2: operation(
    { experiment_id: string, timestamp_ms: rounded64, request_metadata: pairs, tags: pairs },
    startTraceV2,
  ),
  endTraceV2: operation(
    {
      ...requestId,
      timestamp_ms: rounded64,
      status: { ...enumeration(...STATUSES_V2), check: 'type' },
      request_metadata: pairs,
      tags: pairs,
    },
    endTraceV2,
  ),
  getTraceInfoV2: operation(requestId, getTraceInfoV2),
  searchTracesV2: operation({ experiment_ids: typedStrings, ...search }, searchTracesV2),
  setTraceTagV2: operation({ ...requestId, ...tag }, (input) =>
    setTraceTag(input.request_id, input),
  ),
  deleteTraceTagV2: operation({ ...requestId, key: requiredString }, (input) =>
    deleteTraceTag(input.request_id, input.key),
  ),
};
