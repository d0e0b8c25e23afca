import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Metric } from './run.ts';

/** First byte of a chunk: its format. */
const FORMAT = 1;

/** MLflow stores infinities as the greatest number. */
const LARGEST = 1.7976931348623157e308;

interface Columns {
  readonly keys: readonly string[];
  /** Index into `keys` of each point. */
  readonly key: readonly number[];
  readonly step: readonly number[];
  /** Differences to the point before. */
  readonly timestamp: readonly number[];
  /** `null` is NaN. */
  readonly value: readonly (number | null)[];
}

/** Points of one log call as one compressed, columnar value. */
export function packMetrics(metrics: readonly Metric[]): Uint8Array {
  const keys = [...new Set(metrics.map(({ key }) => key))];
  const columns: Columns = {
    keys,
    key: metrics.map(({ key }) => keys.indexOf(key)),
    step: metrics.map(({ step }) => step),
    timestamp: metrics.map(({ timestamp }, i) => timestamp - (metrics[i - 1]?.timestamp ?? 0)),
    value: metrics.map(({ value }) => storedValue(value)),
  };
  return Buffer.concat([Buffer.from([FORMAT]), deflateRawSync(JSON.stringify(columns))]);
}

/** Undoes `packMetrics`. Throws for a format that it does not know or bytes that are torn. */
export function unpackMetrics(bytes: Uint8Array): Metric[] {
  if (bytes[0] !== FORMAT) throw new Error(`Unknown format ${bytes[0]} of a metric chunk`);
  const text = inflateRawSync(bytes.subarray(1)).toString('utf8');
  const columns = JSON.parse(text) as Columns;
  let timestamp = 0;
  return columns.key.map((key, i) => {
    timestamp += columns.timestamp[i] ?? 0;
    return {
      key: columns.keys[key] ?? '',
      step: columns.step[i] ?? 0,
      timestamp,
      value: columns.value[i] ?? Number.NaN,
    };
  });
}

function storedValue(value: number): number | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : Math.sign(value) * LARGEST;
}

/** The latest point of each key: greatest by (step, timestamp, value), NaN counting as 0. */
export function latestMetrics(metrics: Iterable<Metric>): Metric[] {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const current = latest.get(metric.key);
    if (!current || isLater(metric, current)) latest.set(metric.key, metric);
  }
  return [...latest.values()];
}

function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return comparable(a.value) > comparable(b.value);
}

const comparable = (value: number) => (Number.isNaN(value) ? 0 : value);

/** Points of one key by (timestamp, step, value), exact duplicates once: MLflow's history. */
export function metricHistory(metrics: Iterable<Metric>, key: string): Metric[] {
  const points = new Map<string, Metric>();
  for (const metric of metrics) {
    if (metric.key !== key) continue;
    points.set(`${metric.timestamp}/${metric.step}/${metric.value}`, metric);
  }
  return [...points.values()].sort(
    (a, b) =>
      a.timestamp - b.timestamp || a.step - b.step || comparable(a.value) - comparable(b.value),
  );
}
