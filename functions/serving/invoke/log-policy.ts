import { createHash } from 'node:crypto';
import { hash32 } from '../log-key.ts';

/** What of a request is kept in the inference log, and when. */
export interface LogPolicy {
  /**
   * Answers do not wait for their rows: those of the last so many seconds may be lost with the process.
   * Absent: none.
   */
  readonly max_loss_seconds?: number | undefined;
  /** Share of the requests that are logged; absent: all. */
  readonly sampling_fraction?: number | undefined;
  /** Columns whose values are left out. */
  readonly drop?: readonly string[] | undefined;
  /** Columns of whose values only a digest is kept: equal values stay equal. */
  readonly hash?: readonly string[] | undefined;
}

/** Whether values of requests are kept out of the log. */
export const redacts = ({ drop = [], hash = [] }: LogPolicy = {}): boolean =>
  drop.length + hash.length > 0;

/**
 * The JSON text of a refusal as the log may keep it: messages quote what they refuse, so only the code
 * stays where values are kept out.
 */
export function redactRefusal(text: string, policy: LogPolicy | undefined): string {
  if (!redacts(policy)) return text;
  const { error_code } = JSON.parse(text) as { error_code?: string };
  return JSON.stringify({ error_code, message: LEFT_OUT });
}

const LEFT_OUT = 'left out: it may quote the request';

/** Repeated requests are logged all or none. */
export const isSampled = (policy: LogPolicy | undefined, identity: string): boolean =>
  policy?.sampling_fraction === undefined ||
  hash32(identity, 'sample') / 2 ** 32 < policy.sampling_fraction;

/**
 * The request's JSON text as the log may keep it: in every format of MLflow's scoring protocol, by the
 * names of the columns. What names no columns, or is no JSON, cannot be told apart and is left out whole.
 */
export function redact(text: string, policy: LogPolicy | undefined, salt: string): string {
  const treat = treatments(policy, salt);
  if (treat.size === 0) return text;
  try {
    const body: unknown = JSON.parse(text);
    if (!isRecord(body)) return JSON.stringify('left out: no columns');
    const entries = Object.entries(body).map(([name, value]) => [
      name,
      redactPart(name, value, treat),
    ]);
    return JSON.stringify(Object.fromEntries(entries));
  } catch {
    // Or nested so deeply that it can be read, and not be written again.
    return JSON.stringify('left out: not JSON');
  }
}

type Treatments = ReadonlyMap<string, (value: unknown) => unknown>;

function treatments({ drop = [], hash = [] }: LogPolicy = {}, salt: string): Treatments {
  const digest = (value: unknown) =>
    value === null || value === undefined
      ? value
      : createHash('sha256')
          .update(`${salt}/${String(value)}`)
          .digest('hex')
          .slice(0, 32);
  return new Map<string, (value: unknown) => unknown>([
    ...hash.map((name) => [name, digest] as const),
    ...drop.map((name) => [name, () => null] as const),
  ]);
}

function redactPart(name: string, value: unknown, treat: Treatments): unknown {
  switch (name) {
    case 'dataframe_split':
      return isRecord(value) ? redactSplit(value, treat) : null;
    case 'dataframe_records':
    case 'instances':
      return redactRows(value, treat);
    case 'inputs':
      return isRecord(value) ? redactColumns(value, treat) : redactRows(value, treat);
    case 'client_request_id':
    case 'event_time':
    case 'params':
      return value;
    default:
      // Whatever else a body holds may be a column under a wrong name.
      return null;
  }
}

function redactSplit(split: Record<string, unknown>, treat: Treatments) {
  const { columns, data } = split;
  if (!Array.isArray(columns) || !Array.isArray(data)) return null;
  const rows = data.map((row: unknown) =>
    Array.isArray(row)
      ? row.map((value: unknown, i) => {
          const treatment = treat.get(String(columns[i]));
          return treatment ? treatment(value) : value;
        })
      : null,
  );
  return { ...split, data: rows };
}

/** Records have names; rows by position have none, and are left out. */
const redactRows = (rows: unknown, treat: Treatments) =>
  Array.isArray(rows) ? rows.map((row) => (isRecord(row) ? redactRecord(row, treat) : null)) : null;

const redactRecord = (record: Record<string, unknown>, treat: Treatments) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const treatment = treat.get(name);
      return [name, treatment ? treatment(value) : value];
    }),
  );

const redactColumns = (columns: Record<string, unknown>, treat: Treatments) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, values]) => {
      const treatment = treat.get(name);
      if (!treatment) return [name, values];
      return [name, Array.isArray(values) ? values.map(treatment) : null];
    }),
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
