import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  type QueryPage,
  queryPage,
  transactWrite,
  type Write,
} from '../shared/dynamo/index.ts';
import { invalid } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { log } from '../shared/log.ts';
import {
  experimentPartition,
  idOfListKey,
  listKey,
  listRange,
  traceKey,
  tracesTableName,
} from './keys.ts';
import { assessmentLinks, deleteAssessmentLinks, noteAssessingRuns } from './links/link-store.ts';
import { traceOfRow } from './opened-rows.ts';
import { packTrace, unpack } from './pack.ts';
import type { SpanUsage } from './spans/span-usage.ts';
import type { Trace } from './trace.ts';

/** A trace with what only its writers need. */
export interface TraceRecord {
  readonly trace: Trace;
  /** What spans used, by their ids, while the trace's totals are reckoned from it. */
  readonly usage?: Readonly<Record<string, SpanUsage>>;
}

export interface TraceItem extends Key {
  /** Changes with every write. */
  readonly version: string;
  /** Key of its row in the list of the experiment. */
  readonly listed: Key;
  readonly body: Uint8Array;
}

interface ListItem extends Key {
  readonly body: Uint8Array;
}

/** Packed bytes of a record: DynamoDB's items hold 400 KB. */
const MAX_BODY = 380 * 1024;

/** A record as it was read, with what the next write of it has to know. */
export interface Seen {
  readonly record: TraceRecord;
  readonly version: string;
  readonly listed: Key;
}

/** A record that cannot be read is made good from its copy in the list. */
export async function openTrace(item: TraceItem): Promise<Seen> {
  const { version, listed } = item;
  try {
    return { record: unpack<TraceRecord>(item.body), version, listed };
  } catch (error) {
    log.error('the record of a trace is damaged; its copy in the list is read', {
      trace: item.pk,
      error: error as Error,
    });
    const copy = await getItem<ListItem>(tracesTableName(), listed);
    if (!copy) throw error;
    return { record: { trace: unpack<Trace>(copy.body) }, version, listed };
  }
}

async function readTrace(traceId: string): Promise<Seen | undefined> {
  const item = await getItem<TraceItem>(tracesTableName(), traceKey(traceId));
  return item && openTrace(item);
}

export async function findTrace(traceId: string): Promise<Trace | undefined> {
  return (await readTrace(traceId))?.record.trace;
}

/** Traces by their ids, those that are there, in no particular order. */
export async function findTraces(traceIds: readonly string[]): Promise<Trace[]> {
  const keys = [...new Set(traceIds)].map(traceKey);
  const items = await batchGet<TraceItem>(tracesTableName(), keys);
  const seen = await Promise.all(items.map(openTrace));
  return seen.map(({ record }) => record.trace);
}

/**
 * Replaces a trace by what `change` makes of it, with its row in the list, in one transaction; tries
 * again when somebody else was faster. Nothing is written when nothing changes, or when `change`
 * answers nothing.
 */
export async function changeTrace(
  traceId: string,
  change: (before: TraceRecord | undefined) => TraceRecord | undefined,
): Promise<TraceRecord | undefined> {
  for (;;) {
    const seen = await readTrace(traceId);
    const after = change(seen?.record);
    if (!after || (seen && same(seen.record, after))) return after;
    await noteAssessingRuns(seen?.record.trace, after.trace);
    try {
      await transactWrite(replacement(seen, after));
      return after;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

const same = (a: TraceRecord, b: TraceRecord) => JSON.stringify(a) === JSON.stringify(b);

function replacement(seen: Seen | undefined, record: TraceRecord): Write[] {
  const { trace } = record;
  const table = tracesTableName();
  const listed = listKey(trace);
  const body = packTrace(record);
  if (body.length > MAX_BODY) {
    throw invalid(
      `Trace ${trace.trace_id} is full: its tags, metadata and assessments may have 380 KB together, packed`,
    );
  }
  const item: TraceItem = { ...traceKey(trace.trace_id), version: newId(), listed, body };
  const moved = seen && (seen.listed.sk !== listed.sk || seen.listed.pk !== listed.pk);
  return [
    {
      table,
      put: item,
      ...(seen
        ? {
            condition: '#version = :seen',
            names: { '#version': 'version' },
            values: { ':seen': seen.version },
          }
        : { condition: 'attribute_not_exists(pk)' }),
    },
    { table, put: { ...listed, body: packTrace(trace) } },
    ...(moved ? [{ table, delete: seen.listed }] : []),
    ...assessmentLinks(seen?.record.trace, trace),
  ];
}

/** Takes a trace of the experiment away; its spans must be gone. Returns whether it was there. */
export async function deleteRecord(traceId: string, experimentId: string): Promise<boolean> {
  const table = tracesTableName();
  for (;;) {
    const item = await getItem<TraceItem>(table, traceKey(traceId));
    if (item?.listed.pk !== experimentPartition(experimentId)) return false;
    await deleteAssessmentLinks((await openTrace(item)).record.trace);
    try {
      await transactWrite([
        {
          table,
          delete: traceKey(traceId),
          condition: '#version = :seen',
          names: { '#version': 'version' },
          values: { ':seen': item.version },
        },
        { table, delete: item.listed },
      ]);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

export interface ListOptions {
  /** Epoch milliseconds, included. */
  readonly from?: number;
  readonly to?: number;
  readonly oldestFirst?: boolean;
  /** Rows of the first page; as many as fit by default, and of the others always. */
  readonly firstPage?: number;
}

/** Times that a key can hold. */
const ANY_TIME = 8_640_000_000_000_000;

/** Traces of an experiment, newest first, a page of the database at a time. */
export async function* tracesOfExperiment(
  experimentId: string,
  { from = -ANY_TIME, to = ANY_TIME, oldestFirst = false, firstPage }: ListOptions = {},
): AsyncGenerator<readonly Trace[]> {
  if (from > Math.min(to, ANY_TIME) || to < -ANY_TIME) return;
  const range = listRange(Math.max(from, -ANY_TIME), Math.min(to, ANY_TIME));
  let startKey: QueryPage<object>['nextKey'];
  let limit = firstPage;
  do {
    const page: QueryPage<ListItem> = await queryPage({
      table: tracesTableName(),
      condition: 'pk = :pk AND sk BETWEEN :first AND :last',
      values: {
        ':pk': experimentPartition(experimentId),
        ':first': range.first,
        ':last': range.last,
      },
      descending: oldestFirst,
      ...(limit !== undefined && { limit }),
      ...(startKey && { startKey }),
    });
    yield await openRows(page.items);
    limit = undefined;
    startKey = page.nextKey;
  } while (startKey);
}

/** A row that cannot be read is made good from the trace's own record. */
async function openRows(items: readonly ListItem[]): Promise<Trace[]> {
  const rows = items.map(async (item) => {
    try {
      return traceOfRow(item);
    } catch (error) {
      const trace = idOfListKey(item.sk);
      log.error('the row of a trace in its list is damaged; its record is read', {
        trace,
        error: error as Error,
      });
      return findTrace(trace);
    }
  });
  return (await Promise.all(rows)).filter((trace) => trace !== undefined);
}
