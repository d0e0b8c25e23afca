import type { OperationContext } from '../../shared/context.ts';
import { DomainError, invalid } from '../../shared/errors.ts';
import { newHexId } from '../../shared/ids.ts';
import { findRun, loadExperiment } from '../../tracking/index.ts';
import { type Issue, parseSeverity, parseStatus } from './issue.ts';
import { putIssue } from './issue-store.ts';

interface CreateIssueInput {
  readonly experiment_id: string;
  readonly name: string;
  readonly description: string;
  readonly status?: string;
  readonly severity?: string;
  readonly root_causes: readonly string[];
  readonly source_run_id?: string;
  readonly created_by?: string;
  readonly categories: readonly string[];
}

/** Writes down a problem that was found in traces of an active experiment. */
export async function createIssue(
  input: CreateIssueInput,
  context: OperationContext,
): Promise<object> {
  return { issue: await addIssue(input, context) };
}

/** `given`: what only Databricks' dialect has. Throws RESOURCE_ALREADY_EXISTS for an id that is taken. */
export async function addIssue(
  input: CreateIssueInput,
  context: OperationContext,
  given: Partial<Pick<Issue, 'issue_id' | 'further'>> = {},
): Promise<Issue> {
  const { name, description, status, severity, source_run_id, created_by } = input;
  const state = parseStatus(status ?? 'pending');
  const judged = severity === undefined ? undefined : parseSeverity(severity);
  if (name.length > 250) throw invalid('The name of an issue may have 250 characters');
  const { experiment_id, lifecycle_stage } = await loadExperiment(input.experiment_id);
  if (lifecycle_stage !== 'active') {
    throw new DomainError(
      'RESOURCE_DOES_NOT_EXIST',
      `No Experiment with id=${experiment_id} exists`,
    );
  }
  if (source_run_id && !(await findRun(source_run_id))) {
    throw new DomainError('BAD_REQUEST', `The source run ${source_run_id} does not exist`);
  }
  const now = context.clock();
  const issue: Issue = {
    issue_id: `iss-${newHexId()}`,
    experiment_id,
    name,
    description,
    status: state,
    ...(judged && { severity: judged }),
    root_causes: input.root_causes,
    ...(source_run_id && { source_run_id }),
    categories: input.categories,
    created_timestamp: now,
    last_updated_timestamp: now,
    ...(created_by && { created_by }),
    ...given,
  };
  await putIssue(issue);
  return issue;
}
