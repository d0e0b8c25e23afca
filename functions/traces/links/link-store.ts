import {
  batchGet,
  type Key,
  key,
  queryAll,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { sourceRunOf } from '../assessments/assessment.ts';
import { tracesTableName } from '../keys.ts';
import type { Trace } from '../trace.ts';

/**
 * What a trace may be linked to: a run or an issue by its id, a version of a prompt as `<name>/<version>`.
 * ASSESSING_RUN is the run that an assessment of the trace came from.
 */
interface LinkTarget {
  readonly kind: 'RUN' | 'PROMPT' | 'ISSUE' | 'ASSESSING_RUN';
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

/** Longest id, in characters, that a link is kept for: no run, issue or prompt has a longer one, and it fits a key. */
const MAX_TARGET = 250;

const canBe = (id: string): boolean => id !== '' && id.length <= MAX_TARGET;

const runsOf = (trace: Trace | undefined): Set<string> =>
  new Set((trace?.assessments ?? []).map((one) => sourceRunOf(one) ?? '').filter(canBe));

const issuesOf = (trace: Trace | undefined): string[] =>
  (trace?.assessments ?? [])
    .filter(({ kind, name }) => kind === 'issue' && canBe(name))
    .map(({ name }) => name);

/** Partitions of the links that a trace's assessments make: to issues, and to the runs they came from. */
const namedByAssessments = (trace: Trace | undefined): Set<string> =>
  new Set([
    ...issuesOf(trace).map((id) => linkPartition({ kind: 'ISSUE', id })),
    ...[...runsOf(trace)].map((id) => linkPartition({ kind: 'ASSESSING_RUN', id })),
  ]);

/** Row that marks a run as one that assessments may have come from; it is never removed. */
const noteKey = (runId: string): Key => ({ pk: key('ASSESSED_BY', runId), sk: 'META' });

/** Runs that this process has noted, the last ones: an evaluation assesses thousands of traces. */
const noted = new Set<string>();
const MAX_NOTED = 1_000;

/**
 * Notes the runs that assessments of a trace come from, before the trace has them: the deletion of an
 * experiment asks for all its runs at once. Not in the trace's transaction: evaluations assess many traces at
 * the same time, whose transactions would meet there.
 */
export async function noteAssessingRuns(before: Trace | undefined, after: Trace): Promise<void> {
  const known = runsOf(before);
  const fresh = [...runsOf(after)].filter((id) => !known.has(id) && !noted.has(id));
  await Promise.all(
    fresh.map(async (id) => {
      await writeOne({ table: tracesTableName(), put: noteKey(id) });
      if (noted.size >= MAX_NOTED) noted.clear();
      noted.add(id);
    }),
  );
}

/** Those of the runs that assessments may have come from. */
export async function assessingRuns(runIds: readonly string[]): Promise<string[]> {
  const idOf = new Map(runIds.map((id) => [noteKey(id).pk, id]));
  const notes = await batchGet<Key>(tracesTableName(), [...idOf.values()].map(noteKey));
  return notes.flatMap(({ pk }) => idOf.get(pk) ?? []);
}

/** A transaction takes a hundred writes; some are the trace's own. */
const MAX_LINKS = 90;

/** Writes by which the links of a trace follow its assessments, for the transaction of the change. */
export function assessmentLinks(before: Trace | undefined, after: Trace): Write[] {
  const [from, to] = [namedByAssessments(before), namedByAssessments(after)];
  const table = tracesTableName();
  const sk = after.trace_id;
  const writes = [
    ...[...to].filter((pk) => !from.has(pk)).map((pk) => ({ table, put: { pk, sk } })),
    ...[...from].filter((pk) => !to.has(pk)).map((pk) => ({ table, delete: { pk, sk } })),
  ];
  if (writes.length <= MAX_LINKS) return writes;
  throw invalid(
    `At most ${MAX_LINKS} issues and runs that assessments of a trace name may change at once`,
  );
}

/** Takes the links away that the assessments of a trace made. */
export async function deleteAssessmentLinks(trace: Trace): Promise<void> {
  const table = tracesTableName();
  const sk = trace.trace_id;
  await Promise.all(
    [...namedByAssessments(trace)].map((pk) => writeOne({ table, delete: { pk, sk } })),
  );
}
