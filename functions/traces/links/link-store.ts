import { key, queryAll, type Write, writeOne } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { tracesTableName } from '../keys.ts';
import type { Trace } from '../trace.ts';

/** What a trace may be linked to: a run or an issue by its id, a version of a prompt as `<name>/<version>`. */
export interface LinkTarget {
  readonly kind: 'RUN' | 'PROMPT' | 'ISSUE';
  readonly id: string;
}

const linkPartition = ({ kind, id }: LinkTarget) => key(kind, id);

/** Links traces, whether or not they have arrived yet; a link that is there stays. */
export async function putLinks(traceIds: readonly string[], target: LinkTarget): Promise<void> {
  const table = tracesTableName();
  await Promise.all(
    [...new Set(traceIds)].map((sk) => writeOne({ table, put: { pk: linkPartition(target), sk } })),
  );
}

/** Ids of the traces that are linked; some may have been deleted, or have not arrived. */
export async function linkedTraces(target: LinkTarget): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { sk } of queryAll<{ sk: string }>({
    table: tracesTableName(),
    condition: 'pk = :pk',
    values: { ':pk': linkPartition(target) },
  })) {
    found.add(sk);
  }
  return found;
}

/** How many traces have an assessment that names the issue. */
export const countTracesOfIssue = async (issueId: string): Promise<number> =>
  (await linkedTraces({ kind: 'ISSUE', id: issueId })).size;

const issuesOf = (trace: Trace | undefined): Set<string> =>
  new Set(trace?.assessments.filter(({ kind }) => kind === 'issue').map(({ name }) => name));

/** A transaction takes a hundred writes; some are the trace's own. */
const MAX_LINKS = 90;

/** Writes by which the links to issues follow a trace's assessments, for the transaction of the change. */
export function issueLinks(before: Trace | undefined, after: Trace): Write[] {
  const [from, to] = [issuesOf(before), issuesOf(after)];
  const table = tracesTableName();
  const keyOf = (id: string) => ({ pk: linkPartition({ kind: 'ISSUE', id }), sk: after.trace_id });
  const writes = [
    ...[...to].filter((id) => !from.has(id)).map((id) => ({ table, put: keyOf(id) })),
    ...[...from].filter((id) => !to.has(id)).map((id) => ({ table, delete: keyOf(id) })),
  ];
  if (writes.length <= MAX_LINKS) return writes;
  throw invalid(`At most ${MAX_LINKS} issues of a trace may change at once`);
}

/** Takes the links of a trace to its issues away. */
export async function deleteIssueLinks(trace: Trace): Promise<void> {
  const table = tracesTableName();
  await Promise.all(
    [...issuesOf(trace)].map((id) =>
      writeOne({
        table,
        delete: { pk: linkPartition({ kind: 'ISSUE', id }), sk: trace.trace_id },
      }),
    ),
  );
}
