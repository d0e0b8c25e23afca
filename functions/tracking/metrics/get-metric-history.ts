import {
  fromPageToken,
  type Int64,
  pageSize,
  readInt64,
  storedInt64,
  toPageToken,
} from '../../mlflow/index.ts';
import type { Metric } from '../runs/run.ts';
import { AsciiWriter } from './ascii-writer.ts';
import { historyOf } from './metric-history-store.ts';
import { pointAt, type Series, slice } from './metric-series.ts';

/** Of 32 bits: MLflow's server has no other limit, whatever its pages say. */
const MAX_RESULTS = 2 ** 31 - 1;

/** Bytes of an answer's body and, at most, of a point in it besides its key (as JSON in JSON). */
const MAX_BODY = 5_500_000;
const POINT_BYTES = 110;

/** The last point of a page; `value` is null for NaN. */
interface Position {
  readonly timestamp: number | string;
  readonly step: number | string;
  readonly value: number | null;
}

/**
 * Points of one metric by time. MLflow pages only when a page size is given; what is too long for an
 * answer is paged here in any case. A run that is not there has no points.
 */
export async function getMetricHistory(input: {
  readonly run_id: string;
  readonly metric_key: string;
  readonly max_results?: Int64;
  readonly page_token?: string;
}): Promise<object> {
  const { run_id, metric_key, max_results, page_token } = input;
  const fitting = Math.floor(MAX_BODY / (POINT_BYTES + 2 * Buffer.byteLength(metric_key)));
  const after = fromPageToken<Position>(
    page_token,
    ({ timestamp, step }) => isStored(timestamp) && isStored(step),
  );
  const limit = Math.min(pageSize(max_results, fitting, MAX_RESULTS), fitting);
  const found = await historyOf(run_id, metric_key, {
    ...(after && { after: metricAt(after) }),
    enough: limit,
  });
  const page = slice(found, 0, Math.min(limit, found.length));
  const more = page.length > 0 && page.length < found.length;
  const token = more ? toPageToken(positionOf(pointAt(page, page.length - 1, ''))) : undefined;
  return bodyOf(metric_key, page, token);
}

/** The body is written point by point: a page has tens of thousands. */
function bodyOf(key: string, page: Series, token: string | undefined): object {
  const parts = [
    ...(page.length > 0 ? [`"metrics":[${pointsJson(key, page)}]`] : []),
    ...(token === undefined ? [] : [`"next_page_token":${JSON.stringify(token)}`]),
  ];
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: `{${parts.join(',')}}`,
  };
}

function pointsJson(key: string, { length, values, timestamps, steps }: Series): string {
  const before = Buffer.from(`{"key":${JSON.stringify(key)},"value":`);
  const time = Buffer.from(',"timestamp":');
  const step = Buffer.from(',"step":');
  const longest =
    before.length + LONGEST_DOUBLE + time.length + step.length + 2 * LONGEST_INTEGER + '},'.length;
  const writer = new AsciiWriter(length * longest);
  for (let i = 0; i < length; i++) {
    if (i > 0) writer.ascii(',');
    writer.raw(before);
    const value = values[i] ?? Number.NaN;
    // Infinities are clamped before they are stored.
    writer.ascii(Number.isNaN(value) ? '"NaN"' : String(value));
    writer.raw(time);
    writeInteger(writer, timestamps[i] ?? 0);
    writer.raw(step);
    writeInteger(writer, steps[i] ?? 0);
    writer.ascii('}');
  }
  return writer.toString();
}

/** Characters of the longest double, `-1.2345678901234567e-308`, and the longest integer. */
const LONGEST_DOUBLE = 24;
const LONGEST_INTEGER = 20;

const writeInteger = (writer: AsciiWriter, value: Int64): void =>
  typeof value === 'bigint' ? writer.ascii(String(value)) : writer.integer(value);

const isStored = (value: unknown) =>
  Number.isInteger(value) || (typeof value === 'string' && /^-?\d{16,19}$/.test(value));

const metricAt = ({ timestamp, step, value }: Position): Metric => ({
  key: '',
  timestamp: readInt64(timestamp),
  step: readInt64(step),
  value: value ?? Number.NaN,
});

const positionOf = ({ timestamp, step, value }: Metric): Position => ({
  timestamp: storedInt64(timestamp),
  step: storedInt64(step),
  value: Number.isNaN(value) ? null : value,
});
