import { fromPageToken, storePageSize, toPageToken } from '../../mlflow/index.ts';
import { type Comparison, holds, parseLooseFilter } from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import { bytesInAnswer } from '../../shared/http/bytes-in-answer.ts';
import { checkExperimentId } from '../../tracking/index.ts';
import { findCountedIssues, findIssues, type PlacedIssue } from './find-issues.ts';
import { type FoundIssue, type Issue, toMlflowIssue } from './issue.ts';

interface SearchIssuesInput {
  readonly experiment_id?: string;
  readonly filter_string?: string;
  readonly max_results?: number;
  readonly page_token?: string;
  /** Whether issues come with the number of their traces, and ordered by it within their severity. */
  readonly include_trace_count?: boolean;
}

const STANDARD_SIZE = 100;
const MAX_SIZE = 50_000;

/** Bytes of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 5_500_000;

/** Issues of an experiment, or of all, that match a filter: the severest first, then the newest. */
export async function searchIssues(input: SearchIssuesInput): Promise<object> {
  const limit = storePageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
  const experimentId = input.experiment_id || undefined;
  if (experimentId !== undefined) checkExperimentId(experimentId);
  const filter = parseLooseFilter(input.filter_string, refuse).map(check);
  const after = fromPageToken<{ place: string }>(
    input.page_token,
    ({ place }) => typeof place === 'string' && place.startsWith('ISSUE#'),
  )?.place;
  const find = {
    experimentId,
    fits: (issue: Issue) => filter.every((one) => holds(one, fieldOf(issue, one))),
    pageSize: Math.min(100, limit + 1),
    after,
  };
  const issues: FoundIssue[] = [];
  let size = 0;
  let last: PlacedIssue | undefined;
  const found = input.include_trace_count ? await findCountedIssues(find) : findIssues(find);
  for await (const one of found) {
    size += bytesInAnswer(JSON.stringify(one.issue));
    if (issues.length === limit || (size > MAX_PAGE && issues.length > 0)) {
      return { issues, next_page_token: toPageToken({ place: last?.place }) };
    }
    issues.push(toMlflowIssue(one.issue));
    last = one;
  }
  // MLflow sets the token of the last page, too.
  return { issues, next_page_token: '' };
}

const refuse = (rest: string) => invalid(`Invalid clause(s) in filter string: ${rest}`);

const FIELDS = ['status', 'source_run_id'];

function check(comparison: Comparison): Comparison {
  const { entity, key, operator, value } = comparison;
  const name = entity === undefined ? key : `${entity}.${key}`;
  if (!FIELDS.includes(name)) {
    throw invalid(`Invalid filter field '${name}'. Supported fields: ${FIELDS.join(', ')}`);
  }
  if (operator !== '=' && operator !== '!=') {
    throw invalid(`Invalid comparator '${operator}'. Supported comparators: =, !=`);
  }
  return { ...comparison, value: String(value).replace(/^"(.*)"$/, '$1') };
}

const fieldOf = (issue: Issue, { key }: Comparison) =>
  key === 'status' ? issue.status : issue.source_run_id;
