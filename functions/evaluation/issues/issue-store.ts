import {
  batchGet,
  ConditionFailed,
  getItem,
  ItemTooLarge,
  key,
  queryPages,
  transactWrite,
} from '../../shared/dynamo/index.ts';
import { alreadyExists, invalid } from '../../shared/errors.ts';
import { trackingTableName } from '../../tracking/index.ts';
import { type Issue, severityRank } from './issue.ts';

const issueKey = (issueId: string) => ({ pk: key('ISSUE', issueId), sk: 'META' });

/** The severest first, then the newest, when it is read backwards. */
const listKey = (issue: Issue): string =>
  key(
    'ISSUE',
    severityRank(issue),
    String(issue.created_timestamp).padStart(15, '0'),
    issue.issue_id,
  );

const ALL = 'ISSUES';
const partitions = ({ experiment_id }: Issue) => [ALL, key('EXPERIMENT', experiment_id)];

type IssueItem = Issue & { readonly pk: string; readonly sk: string };

const toIssue = ({ pk: _pk, sk: _sk, ...issue }: IssueItem): Issue => issue;

/** Throws RESOURCE_ALREADY_EXISTS. */
export async function putIssue(issue: Issue): Promise<void> {
  const table = trackingTableName();
  const sk = listKey(issue);
  try {
    await fitting(() =>
      transactWrite([
        {
          table,
          put: { ...issueKey(issue.issue_id), ...issue },
          condition: 'attribute_not_exists(pk)',
        },
        ...partitions(issue).map((pk) => ({ table, put: { pk, sk } })),
      ]),
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw alreadyExists(`Issue with ID '${issue.issue_id}' already exists`);
  }
}

/** Takes the place of an issue that was read. Throws `ConditionFailed` when it was changed since. */
export async function replaceIssue(before: Issue, after: Issue): Promise<void> {
  const table = trackingTableName();
  const [from, to] = [listKey(before), listKey(after)];
  const moved = from === to ? [] : partitions(after);
  await fitting(() =>
    transactWrite([
      {
        table,
        put: { ...issueKey(after.issue_id), ...after },
        condition: 'last_updated_timestamp = :before',
        values: { ':before': before.last_updated_timestamp },
      },
      ...moved.flatMap((pk) => [
        { table, delete: { pk, sk: from } },
        { table, put: { pk, sk: to } },
      ]),
    ]),
  );
}

async function fitting(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof ItemTooLarge
      ? invalid('An issue is too large: it may have 400 KB')
      : error;
  }
}

export async function findIssue(issueId: string): Promise<Issue | undefined> {
  const item = await getItem<IssueItem>(trackingTableName(), issueKey(issueId));
  return item && toIssue(item);
}

/** An issue with its place in the list. */
interface ListedIssue {
  readonly issue: Issue;
  readonly place: string;
}

/** Issues of an experiment or of all, the severest first, then the newest; behind `after` if given. */
export async function* listIssues(
  experimentId: string | undefined,
  pageSize: number,
  after?: string,
): AsyncGenerator<ListedIssue> {
  const pk = experimentId === undefined ? ALL : key('EXPERIMENT', experimentId);
  const pages = queryPages<{ sk: string }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :issue)',
    values: { ':pk': pk, ':issue': 'ISSUE#' },
    descending: true,
    limit: pageSize,
    ...(after && { startKey: { pk, sk: after } }),
  });
  for await (const page of pages) {
    const places = page.map(({ sk }) => ({ sk, id: sk.slice(sk.lastIndexOf('#') + 1) }));
    const items = await batchGet<IssueItem>(
      trackingTableName(),
      places.map(({ id }) => issueKey(id)),
    );
    const byId = new Map(items.map((item) => [item.issue_id, toIssue(item)]));
    for (const { sk, id } of places) {
      const issue = byId.get(id);
      if (issue) yield { issue, place: sk };
    }
  }
}
