import * as z from 'zod/mini';
import { fromPageToken, toPageToken } from '../../mlflow/index.ts';
import type { HttpRequest } from '../../shared/http/api.ts';
import { parseJson, parseValue } from '../../shared/http/json-api.ts';
import { loadExperiment } from '../../tracking/index.ts';
import {
  type DatabricksIssue,
  SEVERITIES,
  STATUSES,
  toDatabricksIssue,
} from './databricks-issue.ts';
import { listIssues } from './issue-store.ts';

const STANDARD_SIZE = 20;
const MAX_SIZE = 100;

const schema = z.object({
  categories: z._default(z.array(z.string()), []),
  page_size: z.optional(z.int()),
  page_token: z.optional(z.string()),
  /** Part of a title. */
  query: z._default(z.string(), ''),
  severities: z._default(z.array(z.enum(SEVERITIES)), []),
  sort_key: z._default(
    z.enum(['SEVERITY', 'CREATE_TIME', 'LAST_SEEN_TIME', 'UPDATE_TIME']),
    'SEVERITY',
  ),
  sort_order: z._default(z.enum(['ASCENDING', 'DESCENDING']), 'DESCENDING'),
  statuses: z._default(z.array(z.enum(STATUSES)), []),
  tag_filters: z._default(
    z
      .array(
        z.object({
          key: z.string(),
          values: z._default(z.array(z.string()).check(z.maxLength(20)), []),
        }),
      )
      .check(z.maxLength(10)),
    [],
  ),
  view: z._default(z.enum(['BASIC', 'FULL']), 'BASIC'),
});

type Search = z.infer<typeof schema>;

/** Issues of an experiment: filters of different kinds must all hold, an empty one holds always. */
export async function searchInExperiment(request: HttpRequest): Promise<object> {
  const search = parseValue(parseJson(request.body), schema);
  const { experiment_id } = await loadExperiment(request.params.experiment_id ?? '');
  const after = fromPageToken<{ id: string; keys: Keys }>(
    search.page_token,
    ({ id, keys }) => typeof id === 'string' && Array.isArray(keys),
  );
  const found: Placed[] = [];
  for await (const { issue } of listIssues(experiment_id, MAX_SIZE)) {
    const wire = toDatabricksIssue(issue);
    if (fits(wire, search)) found.push({ wire, id: wire.issue_id, keys: keysOf(wire, search) });
  }
  found.sort(inOrder);
  const rest = after ? found.filter((one) => inOrder(one, after) > 0) : found;
  const size = Math.min(Math.max(search.page_size || STANDARD_SIZE, 1), MAX_SIZE);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    issues: page.map(({ wire }) =>
      search.view === 'FULL' ? wire : { ...wire, description: undefined },
    ),
    total_size: found.length,
    ...(last &&
      rest.length > size && { next_page_token: toPageToken({ ...last, wire: undefined }) }),
  };
}

const sameText = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function fits(issue: DatabricksIssue, search: Search): boolean {
  const { severity, status, categories = [], tags = {}, title } = issue;
  const oneOf = (wanted: readonly string[], value: string | undefined) =>
    wanted.length === 0 || (value !== undefined && wanted.includes(value));
  return (
    oneOf(search.statuses, status) &&
    oneOf(search.severities, severity) &&
    title.toLowerCase().includes(search.query.toLowerCase()) &&
    (search.categories.length === 0 ||
      search.categories.some((wanted) => categories.some((one) => sameText(one, wanted)))) &&
    search.tag_filters.every(
      ({ key, values }) => Object.hasOwn(tags, key) && oneOf(values, tags[key]),
    )
  );
}

/** Numbers by which issues are ordered, each growing. */
type Keys = readonly number[];

interface Placed {
  readonly wire: DatabricksIssue;
  readonly id: string;
  readonly keys: Keys;
}

/** By status whatever the order; a severity's ties by the time it was last seen. */
function keysOf(issue: DatabricksIssue, { sort_key, sort_order }: Search): Keys {
  const sign = sort_order === 'ASCENDING' ? 1 : -1;
  const seen = Date.parse(issue.last_seen_time);
  const values = {
    SEVERITY: [issue.severity ? SEVERITIES.indexOf(issue.severity) : -1, seen],
    CREATE_TIME: [Date.parse(issue.create_time)],
    LAST_SEEN_TIME: [seen],
    UPDATE_TIME: [Date.parse(issue.update_time)],
  }[sort_key];
  return [STATUSES.indexOf(issue.status), ...values.map((one) => sign * one)];
}

function inOrder(a: Omit<Placed, 'wire'>, b: Omit<Placed, 'wire'>): number {
  for (const [i, key] of a.keys.entries()) {
    const difference = key - (b.keys[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
