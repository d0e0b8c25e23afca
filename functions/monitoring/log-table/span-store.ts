import {
  ConditionFailed,
  conditionHeld,
  getItem,
  key,
  queryAll,
  updateItem,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { platformTableName } from '../windows/window-store.ts';
import type { Span } from './span.ts';

/** A span of a series that is in the table, and has had rows or labels since. */
export interface MarkedSpan extends Span {
  readonly endpoint: string;
  readonly series: string;
  /** How often it was marked. */
  readonly marks: number;
}

/** When a span was first and last written, epoch milliseconds of what was read for it. */
export interface Written {
  readonly first: number;
  readonly last: number;
}

const MARKS = key('LOGTABLE', 'MARKS');
const markKey = ({ series, start }: Pick<MarkedSpan, 'series' | 'start'>) => ({
  pk: MARKS,
  sk: key(series, start),
});
const spanKey = (series: string, { start }: Pick<Span, 'start'>) => ({
  pk: key('LOGTABLE', series),
  sk: key('SPAN', start),
});

export async function markSpan({
  endpoint,
  series,
  start,
  end,
}: Omit<MarkedSpan, 'marks'>): Promise<void> {
  await updateItem(
    {
      table: platformTableName(),
      key: markKey({ series, start }),
      update:
        'SET #type = :type, endpoint = :endpoint, series = :series, #start = :start, #end = :end ADD marks :one',
      names: { '#type': 'type', '#start': 'start', '#end': 'end' },
      values: {
        ':type': 'log-table-mark',
        ':endpoint': endpoint,
        ':series': series,
        ':start': start,
        ':end': end,
        ':one': 1,
      },
    },
    'UPDATED_NEW',
  );
}

export const markedSpans = (): AsyncGenerator<MarkedSpan> =>
  queryAll<MarkedSpan>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': MARKS },
  });

/** Takes the mark off, unless the span was marked again since it was read. */
export async function unmarkSpan(span: MarkedSpan): Promise<void> {
  try {
    await writeOne({
      delete: markKey(span),
      table: platformTableName(),
      condition: 'marks = :marks',
      values: { ':marks': span.marks },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

export const getWritten = (series: string, span: Span): Promise<Written | undefined> =>
  getItem<Written>(platformTableName(), spanKey(series, span));

export async function saveWritten(series: string, span: Span, written: Written): Promise<void> {
  await writeOne({
    put: { ...spanKey(series, span), type: 'log-table-span', ...written },
    table: platformTableName(),
  });
}

/** A span that has rows and is not complete. */
export interface OpenSpan extends Span {
  readonly endpoint: string;
  readonly series: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** How many notes came of requests without an event time, on endpoints without monitoring. */
  readonly arrivals?: number;
  /** `revision`: of the series' state when it was read. */
  readonly written?: Written & { readonly revision: number };
}

const OPEN = key('LOGTABLE', 'OPEN');
const openKey = ({ series, start }: Pick<OpenSpan, 'series' | 'start'>) => ({
  pk: OPEN,
  sk: key(series, start),
});
const openRow = (span: OpenSpan) => ({ ...openKey(span), type: 'log-table-open', ...span });

/** Stores an open span unless it is there: later windows of the same span change nothing. */
export async function putOpenSpan(span: OpenSpan): Promise<void> {
  await conditionHeld(
    writeOne({
      put: openRow(span),
      table: platformTableName(),
      condition: 'attribute_not_exists(pk)',
    }),
  );
}

/** Notes requests without an event time in a span. */
export async function noteArrival(span: Omit<OpenSpan, 'arrivals' | 'written'>): Promise<void> {
  const fields = Object.entries({ type: 'log-table-open', ...span });
  await writeOne({
    table: platformTableName(),
    key: openKey(span),
    update: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')} ADD arrivals :one`,
    names: Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
    values: {
      ...Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
      ':one': 1,
    },
  });
}

/** Removes an open span that is complete, unless requests arrived since it was read. */
export async function endArrivals(span: OpenSpan): Promise<void> {
  await conditionHeld(
    writeOne({
      delete: openKey(span),
      table: platformTableName(),
      condition: 'arrivals = :arrivals',
      values: { ':arrivals': span.arrivals },
    }),
  );
}

export async function saveOpenSpan(span: OpenSpan): Promise<void> {
  await writeOne({ put: openRow(span), table: platformTableName() });
}

export async function deleteOpenSpan(span: OpenSpan): Promise<void> {
  await writeOne({ delete: openKey(span), table: platformTableName() });
}

export const openSpans = (): AsyncGenerator<OpenSpan> =>
  queryAll<OpenSpan>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': OPEN },
  });
