import { createHash } from 'node:crypto';
import {
  anyJson,
  bool,
  type Decoded,
  enumeration,
  message,
  parsePythonJson,
  parseTimestamp,
  string,
  stringMap,
  timestamp,
  toPythonJson,
  toTimestamp,
} from '../../mlflow/index.ts';
import { invalid } from '../../shared/errors.ts';
import { newHexId } from '../../shared/ids.ts';
import { type ExactValue, writeExact, writePlain } from '../exact-json.ts';

const ASSESSMENT_KINDS = ['feedback', 'expectation', 'issue'] as const;
type AssessmentKind = (typeof ASSESSMENT_KINDS)[number];

const UNSPECIFIED = 'SOURCE_TYPE_UNSPECIFIED';
const sourceType = enumeration(UNSPECIFIED, 'HUMAN', 'LLM_JUDGE', 'CODE');

interface AssessmentError {
  readonly error_code?: string;
  readonly error_message?: string;
  readonly stack_trace?: string;
}

/** What somebody or something says about a trace, or about a span of it. */
export interface Assessment {
  readonly assessment_id: string;
  /** Of an issue: the issue's id. */
  readonly name: string;
  readonly kind: AssessmentKind;
  /** Any JSON; of an issue `{issue_name}`. */
  readonly value: unknown;
  /** The value as Python writes its JSON, of an expectation that is no text or truth: it may have come as JSON. */
  readonly serialized?: string;
  readonly error?: AssessmentError;
  readonly source_type: string;
  readonly source_id?: string;
  readonly rationale?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly span_id?: string;
  /** Epoch milliseconds. */
  readonly create_time: number;
  readonly last_update_time: number;
  /** The assessment that it replaces, which is no longer valid. */
  readonly overrides?: string;
  readonly valid: boolean;
}

/** The run that an assessment came from, as MLflow's evaluations note it. */
export const sourceRunOf = ({ metadata }: Assessment): string | undefined =>
  metadata?.['mlflow.assessment.sourceRunId'];

const error = { error_code: string, error_message: string, stack_trace: string };

/** An assessment as requests have it. */
export const assessmentFields = {
  assessment_id: string,
  assessment_name: string,
  trace_id: string,
  span_id: string,
  source: message({ source_type: sourceType, source_id: string }),
  create_time: timestamp,
  last_update_time: timestamp,
  feedback: message({ value: anyJson, error: message(error) }),
  expectation: message({
    value: anyJson,
    serialized_value: message({ serialization_format: string, value: string }),
  }),
  issue: message({ issue_name: string }),
  rationale: string,
  error: message(error),
  metadata: stringMap,
  overrides: string,
  valid: bool,
} as const;

export type AssessmentInput = Decoded<typeof assessmentFields>;

const JSON_FORMAT = 'JSON_FORMAT';

/** Kind and value of what a request gives. */
export function kindAndValue(
  input: AssessmentInput,
): Pick<Assessment, 'kind' | 'value' | 'serialized' | 'error'> {
  const { feedback, expectation, issue } = input;
  if (expectation) return { kind: 'expectation', ...expectedValue(expectation) };
  if (feedback) {
    const given = feedback.error ?? input.error;
    // MLflow's servers before 3.12 refuse a feedback of nothing, which newer clients' scorers give.
    return { kind: 'feedback', value: feedback.value ?? null, ...(given && { error: given }) };
  }
  if (issue) return { kind: 'issue', value: { issue_name: issue.issue_name ?? '' } };
  throw invalid('Unknown assessment type: None');
}

function expectedValue(
  expectation: NonNullable<AssessmentInput['expectation']>,
): Pick<Assessment, 'value' | 'serialized'> {
  const { serialized_value: serialized, value } = expectation;
  if (serialized) {
    const { serialization_format: format } = serialized;
    if (format !== JSON_FORMAT) {
      throw invalid(`Unknown serialization format: ${format}. Only ${JSON_FORMAT} is supported.`);
    }
    const text = serialized.value ?? '';
    const json = toPythonJson(parsePythonJson(text, 'The serialized value of an expectation'));
    const parsed: unknown = JSON.parse(text);
    const isExact = typeof parsed === 'string' || typeof parsed === 'boolean';
    return { value: parsed, ...(!isExact && { serialized: json }) };
  }
  if (value === undefined || value === null) {
    throw invalid('The `value` field must be specified.');
  }
  return isPlain(value) ? { value } : { value, serialized: floatJson(value) };
}

/** The value's JSON as MLflow's server stores it, which filters and metrics are about. */
export const storedJson = ({ value, serialized }: Assessment): string =>
  serialized ?? (typeof value === 'string' ? toPythonJson(value) : floatJson(value ?? null));

/** In protobuf's JSON values all numbers are floats. */
const floatJson = (value: unknown): string =>
  toPythonJson(parsePythonJson(writeExact(value as ExactValue), 'value'));

/** An assessment that a request describes; `id` is for one without. */
export function toAssessment(input: AssessmentInput, now: number, id = newId()): Assessment {
  const { span_id, metadata, source } = input;
  const said = kindAndValue(input);
  // MLflow's expectations have neither of them.
  const { rationale, overrides } = said.kind === 'expectation' ? {} : input;
  return {
    assessment_id: input.assessment_id || id,
    name: input.assessment_name ?? '',
    ...said,
    source_type: source?.source_type ?? UNSPECIFIED,
    ...(source?.source_id && { source_id: source.source_id }),
    ...(rationale && { rationale }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
    ...(span_id && { span_id }),
    create_time: parseTimestamp(input.create_time) || now,
    last_update_time: parseTimestamp(input.last_update_time) || now,
    ...(overrides && { overrides }),
    valid: true,
  };
}

const newId = () => `a-${newHexId()}`;

/** The id of an assessment that comes with its trace and has none: the same whenever that is repeated. */
export const idInTrace = (traceId: string, position: number, input: AssessmentInput): string =>
  `a-${createHash('sha256')
    .update(JSON.stringify([traceId, position, input]))
    .digest('hex')
    .slice(0, 32)}`;

/** Values that are more than one number, text or truth go as JSON in a text. */
const isPlain = (value: unknown) => value !== null && typeof value !== 'object';

export function toWireAssessment(assessment: Assessment, traceId: string): object {
  const { assessment_id, name, kind, value, error: failure } = assessment;
  const { source_type, source_id, span_id, rationale, metadata, overrides, valid } = assessment;
  return {
    assessment_id,
    assessment_name: name,
    trace_id: traceId,
    ...(span_id && { span_id }),
    source: { source_type, ...(source_id && { source_id }) },
    create_time: toTimestamp(assessment.create_time),
    last_update_time: toTimestamp(assessment.last_update_time),
    ...(kind === 'feedback' && { feedback: { value, ...(failure && { error: failure }) } }),
    ...(kind === 'expectation' && {
      expectation: isPlain(value)
        ? { value }
        : {
            serialized_value: {
              serialization_format: JSON_FORMAT,
              value: assessment.serialized ?? writePlain(value),
            },
          },
    }),
    ...(kind === 'issue' && { issue: value }),
    ...(rationale !== undefined && { rationale }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
    ...(overrides && { overrides }),
    valid,
  };
}
