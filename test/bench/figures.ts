import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST } from '../../lib/build/paths.ts';

/** What a figure must keep; a figure with two limits keeps the tighter one if it can. */
interface Limit {
  readonly of: 'p50' | 'p99' | 'value' | 'readUnits';
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Figure {
  readonly name: string;
  /** Unit of every number but the CPU time, for example `ms`. */
  readonly unit: string;
  /** How many were measured. */
  readonly n?: number;
  /** A single figure, such as a rate; measurements that were repeated have percentiles instead. */
  readonly value?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly limits?: readonly Limit[];
  /** The same figure of another product, measured on this machine in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** CPU milliseconds of the host and its child processes per measured operation. */
  readonly cpuMs?: number;
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

/** A figure of repeated measurements. */
export function spread(
  name: string,
  unit: string,
  values: readonly number[],
  more: Partial<Figure> = {},
): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  return { name, unit, n: values.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), ...more };
}

export function single(name: string, unit: string, value: number, more: Partial<Figure> = {}) {
  return { name, unit, value: round(value), ...more } satisfies Figure;
}

export const round = (value: number) => Math.round(value * 100) / 100;

/** Whether a figure keeps a limit. */
function keeps(figure: Figure, { of, atMost, atLeast }: Limit): boolean {
  const value = figure[of] ?? Number.NaN;
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? 0);
}

/** The figure beside its peer: above 1 this one needs more, or does more. */
const ratioOf = ({ p50, value, peer }: Figure) =>
  peer && round((value ?? p50 ?? Number.NaN) / peer.value);

/**
 * Prints the figures and leaves them in `dist/bench/<name>.json`. A limit that is missed fails the
 * process, at its end.
 */
export function publish(name: string, figures: readonly Figure[]): void {
  const unit = (figure: Figure, value: number | undefined) =>
    value === undefined ? '' : `${value} ${figure.unit}`;
  const rows = figures.map((figure) => [
    figure.name,
    {
      n: figure.n ?? '',
      'p50 / value': unit(figure, figure.value ?? figure.p50),
      p95: figure.p95 ?? '',
      p99: figure.p99 ?? '',
      limit: (figure.limits ?? []).map((limit) => limitText(figure, limit)).join(', '),
      peer: figure.peer ? `${figure.peer.name}: ${figure.peer.value}` : '',
      ratio: ratioOf(figure) ?? '',
      'cpu ms': figure.cpuMs ?? '',
      'read units': figure.readUnits ?? '',
      'write units': figure.writeUnits ?? '',
    },
  ]);
  console.table(Object.fromEntries(rows));
  const folder = join(DIST, 'bench');
  mkdirSync(folder, { recursive: true });
  const written = figures.map((figure) => ({
    ...figure,
    ...(figure.limits && {
      limits: figure.limits.map((limit) => ({ ...limit, ok: keeps(figure, limit) })),
    }),
    ...(figure.peer && { ratio: ratioOf(figure) }),
  }));
  const missed = figures.some((figure) => figure.limits?.some((limit) => !keeps(figure, limit)));
  if (missed) process.exitCode = 1;
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(written, null, 2)}\n`);
}

function limitText(figure: Figure, limit: Limit): string {
  const bound = limit.atMost === undefined ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
  const of = limit.of === 'value' ? '' : `${limit.of} `;
  return `${of}${bound} ${keeps(figure, limit) ? 'ok' : 'MISS'}`;
}
