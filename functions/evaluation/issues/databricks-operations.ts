import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import type { HttpRequest } from '../../shared/http/api.ts';
import { parseJson, parseValue } from '../../shared/http/json-api.ts';
import { requireLevelOn } from '../../tracking/index.ts';
import { addIssue } from './create-issue.ts';
import { issueSchema, type SentIssue, toDatabricksIssue } from './databricks-issue.ts';
import { searchInExperiment } from './databricks-search.ts';
import { type FurtherFields, type Issue, parseSeverity, parseStatus } from './issue.ts';
import { findIssue } from './issue-store.ts';
import { changeIssue } from './update-issue.ts';

/** Issues as databricks-sdk's `w.experiments` sends and reads them: those of MLflow's dialect. */
export const databricksIssueOperations = {
  createExperimentIssue: createIssue,
  getExperimentIssue: async (request: HttpRequest) => toDatabricksIssue(await issueOf(request)),
  updateExperimentIssue: updateIssue,
  searchExperimentIssues: searchInExperiment,
};

async function createIssue(request: HttpRequest, context: OperationContext): Promise<object> {
  const experiment_id = request.params.experiment_id ?? '';
  await requireLevelOn(experiment_id, 'CAN_EDIT', context);
  const sent = parseValue(parseJson(request.body), issueSchema);
  const { title, severity, categories = [], source_id } = sent;
  if (!title) throw invalid('title is required');
  if (!severity) throw invalid('severity is required');
  if (sent.source_type && sent.source_type !== 'MANUAL' && !sent.last_seen_time) {
    throw invalid('last_seen_time is required unless source_type is MANUAL');
  }
  const { issue_id } = request.query;
  if (issue_id !== undefined && !/^iss-[0-9a-f]{32}$/.test(issue_id)) {
    throw invalid('issue_id is iss- and 32 lowercase hexadecimal digits');
  }
  const issue = await addIssue(
    {
      experiment_id,
      name: title,
      description: sent.description ?? '',
      severity: severity.toLowerCase(),
      status: (sent.status ?? 'PENDING').toLowerCase(),
      root_causes: [],
      categories,
      created_by: context.actor.user,
      ...(source_id && { source_run_id: source_id }),
    },
    context,
    { ...(issue_id && { issue_id }), further: furtherOf(sent, context) },
  );
  return toDatabricksIssue(issue);
}

const furtherOf = (
  { source_type, last_seen_time, tags, metadata }: SentIssue,
  { actor }: OperationContext,
): FurtherFields => ({
  last_updated_by: actor.user,
  ...(source_type && { source_type }),
  ...(last_seen_time && { last_seen_time }),
  ...(tags && { tags }),
  ...(metadata && { metadata }),
});

/** Throws RESOURCE_DOES_NOT_EXIST, also for an issue of another experiment. */
async function issueOf({ params }: HttpRequest): Promise<Issue> {
  const { experiment_id, issue_id = '' } = params;
  const issue = await findIssue(issue_id);
  if (issue && issue.experiment_id === experiment_id) return issue;
  throw notFound(`Issue with ID '${issue_id}' not found`);
}

async function updateIssue(request: HttpRequest, context: OperationContext): Promise<object> {
  const { issue_id, experiment_id } = await issueOf(request);
  await requireLevelOn(experiment_id, 'CAN_EDIT', context);
  const sent = parseValue(parseJson(request.body), issueSchema);
  const paths = (request.query.update_mask ?? '').split(',').filter(Boolean);
  if (paths.length === 0) throw invalid('update_mask is required');
  const change = (before: Issue) => changesOf(paths, sent, before, context);
  return toDatabricksIssue(await changeIssue(issue_id, change, context));
}

type Further = { -readonly [K in keyof FurtherFields]: FurtherFields[K] };

/** Without a value there is no such member. */
function set<T extends object, K extends keyof T>(target: T, name: K, value: T[K] | undefined) {
  if (value === undefined) delete target[name];
  else target[name] = value;
}

/** What the paths of a mask name, and nothing else, is taken over; what was not sent is cleared. */
function changesOf(
  paths: readonly string[],
  sent: SentIssue,
  before: Issue,
  { actor }: OperationContext,
): Partial<Issue> {
  let changes: Partial<Issue> = {};
  const further: Further = { ...before.further, last_updated_by: actor.user };
  const metadata: Record<string, string> = { ...further.metadata };
  for (const path of paths) {
    const key = /^metadata\.(.+)$/.exec(path)?.[1];
    if (key !== undefined) set(metadata, key, sent.metadata?.[key]);
    else if (path === 'title') changes = { ...changes, name: given('title', sent.title) };
    else if (path === 'description') {
      changes = { ...changes, description: sent.description ?? '' };
    } else if (path === 'severity') {
      const severity = parseSeverity(given('severity', sent.severity).toLowerCase());
      changes = { ...changes, severity };
    } else if (path === 'status') {
      changes = { ...changes, status: parseStatus(given('status', sent.status).toLowerCase()) };
    } else if (path === 'categories') changes = { ...changes, categories: sent.categories ?? [] };
    else if (path === 'tags') set(further, 'tags', sent.tags);
    else if (path === 'last_seen_time') {
      if (!sent.last_seen_time && (further.source_type ?? 'MANUAL') !== 'MANUAL') {
        throw invalid('last_seen_time cannot be cleared');
      }
      set(further, 'last_seen_time', sent.last_seen_time);
    } else throw invalid(`update_mask: '${path}' cannot be changed`);
  }
  if (Object.keys(metadata).length > 20) throw invalid('metadata: at most 20 entries');
  set(further, 'metadata', Object.keys(metadata).length > 0 ? metadata : undefined);
  return { ...changes, further };
}

function given(name: string, value: string | undefined): string {
  if (!value) throw invalid(`${name} cannot be cleared`);
  return value;
}
