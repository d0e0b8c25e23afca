import { mapInChunks } from '../../shared/chunks.ts';
import { countTracesOfIssue } from '../../traces/index.ts';
import type { FoundIssue, Issue } from './issue.ts';
import { listIssues } from './issue-store.ts';

/** An issue with its place in the order of the search, as a page token holds it. */
export interface PlacedIssue {
  readonly issue: FoundIssue;
  readonly place: string;
}

interface FindIssues {
  /** All experiments without it. */
  readonly experimentId: string | undefined;
  readonly fits: (issue: Issue) => boolean;
  readonly pageSize: number;
  /** Place of the issue behind which the search goes on. */
  readonly after: string | undefined;
}

/** Issues that fit: the severest first, then the newest. */
export async function* findIssues(find: FindIssues): AsyncGenerator<PlacedIssue> {
  const { experimentId, fits, pageSize, after } = find;
  for await (const one of listIssues(experimentId, pageSize, after)) {
    if (fits(one.issue)) yield one;
  }
}

/** Issues whose traces are counted at the same time. */
const CONCURRENCY = 20;

/**
 * The same with the number of their traces, by which issues of one severity are ordered before their
 * age is: all are read and counted, page for page anew.
 */
export async function findCountedIssues(find: FindIssues): Promise<PlacedIssue[]> {
  const listed: PlacedIssue[] = [];
  for await (const one of findIssues({ ...find, after: undefined })) listed.push(one);
  const counted = await mapInChunks(listed, CONCURRENCY, withCount);
  const { after } = find;
  return counted
    .filter(({ place }) => after === undefined || place < after)
    .sort((a, b) => (a.place < b.place ? 1 : -1));
}

/** The count stands behind the severity: `ISSUE#<severity>#<count>#<creation time>#<id>`. */
async function withCount({ issue, place }: PlacedIssue): Promise<PlacedIssue> {
  const trace_count = await countTracesOfIssue(issue.issue_id);
  const [name = '', severity = '', ...rest] = place.split('#');
  const count = String(trace_count).padStart(12, '0');
  return { issue: { ...issue, trace_count }, place: [name, severity, count, ...rest].join('#') };
}
