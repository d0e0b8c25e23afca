import { parseFieldMask } from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { changeTrace, findTrace } from '../trace-store.ts';
import { answer } from '../wire-trace.ts';
import {
  type Assessment,
  type AssessmentInput,
  kindAndValue,
  toAssessment,
  toWireAssessment,
} from './assessment.ts';

interface Named {
  readonly trace_id: string;
  readonly assessment_id: string;
}

const assessmentMissing = ({ trace_id, assessment_id }: Named) =>
  notFound(`Assessment with ID '${assessment_id}' not found for trace '${trace_id}'`);

const traceUnknown = (id: string) => notFound(`Trace with request_id '${id}' not found`);

async function changeAssessments(
  traceId: string,
  change: (assessments: readonly Assessment[]) => readonly Assessment[],
): Promise<void> {
  await changeTrace(traceId, (before) => {
    if (!before) throw traceUnknown(traceId);
    const assessments = change(before.trace.assessments);
    return { ...before, trace: { ...before.trace, assessments } };
  });
}

const withValid = (assessments: readonly Assessment[], id: string, valid: boolean) =>
  assessments.map((one) => (one.assessment_id === id ? { ...one, valid } : one));

/** Adds an assessment; the one that it overrides is no longer valid. */
export async function createAssessment(
  input: { readonly trace_id: string; readonly assessment: AssessmentInput },
  { clock }: OperationContext,
): Promise<HttpResult> {
  const { trace_id } = input;
  const { assessment_id: _given, ...described } = input.assessment;
  const created = toAssessment(described, clock());
  const { overrides } = created;
  await changeAssessments(trace_id, (all) => {
    if (overrides && !all.some(({ assessment_id: id }) => id === overrides)) {
      throw notFound(`Assessment with ID '${overrides}' not found for trace '${trace_id}'`);
    }
    return [...(overrides ? withValid(all, overrides, false) : all), created];
  });
  return answer({ assessment: toWireAssessment(created, trace_id) });
}

export async function getAssessment(input: Named): Promise<HttpResult> {
  const trace = await findTrace(input.trace_id);
  if (!trace) throw traceUnknown(input.trace_id);
  const found = trace.assessments.find((one) => one.assessment_id === input.assessment_id);
  if (!found) throw assessmentMissing(input);
  return answer({ assessment: toWireAssessment(found, input.trace_id) });
}

interface UpdateAssessmentInput extends Named {
  readonly assessment: AssessmentInput;
  /** Names of the fields that change, with commas between them. */
  readonly update_mask: string;
}

/** Changes what an assessment says; who says it, and about which span, stays. Metadata is merged. */
export async function updateAssessment(
  input: UpdateAssessmentInput,
  { clock }: OperationContext,
): Promise<HttpResult> {
  const { trace_id, assessment_id } = input;
  const paths = parseFieldMask(input.update_mask);
  const said = newValue(input.assessment, paths);
  let updated: Assessment | undefined;
  await changeAssessments(trace_id, (all) => {
    // An attempt after another may not find it any more.
    updated = undefined;
    return all.map((one) => {
      if (one.assessment_id !== assessment_id) return one;
      updated = { ...withChanges(one, input.assessment, paths, said), last_update_time: clock() };
      return updated;
    });
  });
  if (!updated) throw assessmentMissing(input);
  return answer({ assessment: toWireAssessment(updated, trace_id) });
}

type Said = ReturnType<typeof kindAndValue>;

/** The new value, which is looked at before the trace is. */
function newValue(
  { feedback = {}, expectation = {} }: AssessmentInput,
  paths: readonly string[],
): Said | undefined {
  let said: Said | undefined;
  for (const path of paths) {
    if (path === 'feedback') said = kindAndValue({ feedback });
    if (path === 'expectation') said = kindAndValue({ expectation });
  }
  return said;
}

function withChanges(
  before: Assessment,
  given: AssessmentInput,
  paths: readonly string[],
  said: Said | undefined,
): Assessment {
  const says = (path: string) => paths.includes(path);
  if (says('expectation') && says('feedback')) {
    throw invalid('Cannot specify both `expectation` and `feedback` parameters.');
  }
  if (says('expectation') && before.kind !== 'expectation') {
    throw invalid('Cannot update expectation value on a Feedback assessment.');
  }
  if (says('feedback') && before.kind !== 'feedback') {
    throw invalid('Cannot update feedback value on an Expectation assessment.');
  }
  const { error: _error, serialized: _serialized, ...rest } = before;
  return {
    ...(said ? { ...rest, ...said } : before),
    ...(says('assessment_name') && { name: given.assessment_name ?? '' }),
    ...(says('rationale') && before.kind !== 'expectation' && { rationale: given.rationale ?? '' }),
    ...(says('metadata') && { metadata: { ...before.metadata, ...given.metadata } }),
    ...(says('valid') && given.valid !== undefined && { valid: given.valid }),
  };
}

/** Takes an assessment away; the one that it overrode is valid again. One that is not there is no error. */
export async function deleteAssessment(input: Named): Promise<undefined> {
  const { trace_id, assessment_id } = input;
  if (!(await findTrace(trace_id))) return;
  await changeAssessments(trace_id, (all) => {
    const gone = all.find((one) => one.assessment_id === assessment_id);
    if (!gone) return all;
    const rest = all.filter((one) => one !== gone);
    return gone.overrides ? withValid(rest, gone.overrides, true) : rest;
  });
}
