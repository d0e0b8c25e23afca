import { gunzipSync, gzipSync } from 'node:zlib';
import {
  batchGet,
  getItem,
  key,
  queryAll,
  queryPage,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import type { WindowKind } from '../events.ts';
import { type Evaluations, NO_PROGRESS, type SeriesState, type WindowRecord } from './window.ts';

export const platformTableName = () => requiredEnv('PLATFORM_TABLE');

const partition = (series: string) => key('WINDOWS', series);
const windowKey = (series: string, window: string) => ({ pk: partition(series), sk: window });
const stateKey = (series: string) => ({ pk: partition(series), sk: 'STATE' });

/** Evaluations hold histograms: compressed they are a tenth. */
interface WindowRow {
  readonly sk: string;
  readonly end: number;
  readonly announced?: readonly string[];
  readonly inputsRevision?: number;
  readonly labelsRevision?: number;
  readonly inputs?: Uint8Array;
  readonly labels?: Uint8Array;
}

const unpack = (bytes: Uint8Array): unknown => JSON.parse(gunzipSync(bytes).toString('utf8'));

const toRecord = (row: WindowRow): WindowRecord => ({
  window: row.sk,
  end: row.end,
  announced: row.announced ?? [],
  ...(row.inputs && { inputs: unpack(row.inputs) as NonNullable<Evaluations['inputs']> }),
  ...(row.labels && { labels: unpack(row.labels) as NonNullable<Evaluations['labels']> }),
});

export async function getSeriesState(series: string): Promise<SeriesState | undefined> {
  return getItem<SeriesState>(platformTableName(), stateKey(series));
}

export const emptyState = (endpoint: string): SeriesState => ({
  endpoint,
  revision: 0,
  inputs: NO_PROGRESS,
  labels: NO_PROGRESS,
});

export async function getWindow(series: string, window: string): Promise<WindowRecord | undefined> {
  const row = await getItem<WindowRow>(platformTableName(), windowKey(series, window));
  return row && toRecord(row);
}

/** Which of these windows exist. */
export async function existingWindows(
  series: string,
  windows: readonly string[],
): Promise<Set<string>> {
  const keys = windows.map((window) => windowKey(series, window));
  const rows = await batchGet<WindowRow>(platformTableName(), keys);
  return new Set(rows.map((row) => row.sk));
}

/** Windows that end in `(from, to]`, epoch milliseconds, oldest first. */
export async function windowsClosedBetween(
  series: string,
  from: number,
  to: number,
): Promise<{ window: string; end: number }[]> {
  const windows: { window: string; end: number }[] = [];
  const rows = queryAll<WindowRow>({
    table: platformTableName(),
    // A window ends later than it starts, so the end bounds the start from above.
    condition: 'pk = :pk AND sk BETWEEN :first AND :last',
    values: {
      ':pk': partition(series),
      ':first': '0',
      ':last': new Date(to).toISOString(),
    },
    descending: true,
  });
  for await (const row of rows) {
    if (row.end <= from) break;
    if (row.end <= to) windows.push({ window: row.sk, end: row.end });
  }
  return windows.reverse();
}

/** Windows up to and including `window`, newest first. */
export async function* windowsDownFrom(
  series: string,
  window: string,
): AsyncGenerator<WindowRecord> {
  const rows = queryAll<WindowRow>({
    table: platformTableName(),
    condition: 'pk = :pk AND sk BETWEEN :first AND :window',
    values: { ':pk': partition(series), ':first': '0', ':window': window },
    descending: true,
    limit: 20,
  });
  for await (const row of rows) yield toRecord(row);
}

/** A page of windows that start after `after`, oldest first. */
export async function listWindowPage(
  series: string,
  after: string,
  limit: number,
): Promise<{ windows: WindowRecord[]; more: boolean }> {
  const page = await queryPage<WindowRow>({
    table: platformTableName(),
    // Windows begin with a digit; STATE sorts behind them.
    condition: 'pk = :pk AND sk BETWEEN :after AND :last',
    values: { ':pk': partition(series), ':after': `${after}\u0001`, ':last': ':' },
    limit,
  });
  return { windows: page.items.map(toRecord), more: page.nextKey !== undefined };
}

/**
 * Moves the series on: its state, the windows seen first, and what follows from it, or nothing.
 * Throws ConditionFailed when somebody else moved it meanwhile.
 */
export async function saveProgress(
  series: string,
  next: SeriesState,
  newWindows: readonly { window: string; end: number }[],
  events: readonly Write[],
): Promise<void> {
  const table = platformTableName();
  await transactWrite([
    {
      put: {
        ...stateKey(series),
        type: 'window-series',
        ...next,
      },
      table,
      condition: 'attribute_not_exists(pk) OR revision = :before',
      values: { ':before': next.revision - 1 },
    },
    ...newWindows.map(({ window, end }) => ({
      put: { ...windowKey(series, window), type: 'window', series, end },
      table,
      condition: 'attribute_not_exists(pk)',
    })),
    ...events,
  ]);
}

/**
 * Stores the evaluation of one kind together with its announcements. Throws ConditionFailed when
 * another evaluation came first: what it read may be newer.
 */
export async function saveEvaluation<K extends WindowKind>(
  series: string,
  window: string,
  kind: K,
  evaluation: NonNullable<Evaluations[K]>,
  announced: readonly string[],
  events: readonly Write[],
): Promise<void> {
  await transactWrite([
    {
      update: 'SET #kind = :evaluation, #revision = :next, announced = :announced',
      key: windowKey(series, window),
      table: platformTableName(),
      condition:
        evaluation.revision === 1 ? 'attribute_not_exists(#revision)' : '#revision = :before',
      names: { '#kind': kind, '#revision': `${kind}Revision` },
      values: {
        ':evaluation': gzipSync(JSON.stringify(evaluation)),
        ':next': evaluation.revision,
        ':announced': announced,
        ...(evaluation.revision > 1 && { ':before': evaluation.revision - 1 }),
      },
    },
    ...events,
  ]);
}
