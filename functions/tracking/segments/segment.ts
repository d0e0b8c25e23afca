import type { Int64 } from '../../mlflow/index.ts';
import {
  ByteReader,
  ByteWriter,
  type Column,
  NumberColumn,
  PackedColumns,
  packColumns,
  readNumbers,
  readTexts,
  TextColumn,
  writeNumbers,
  writeTexts,
} from '../../shared/columns/index.ts';
import type { Metric, Run } from '../runs/run.ts';

/** A run as a segment keeps it. */
export interface SegmentRow {
  readonly run: Run;
  readonly metrics: readonly Metric[];
  /** What else belongs to the run (its inputs), as JSON; empty when there is nothing. */
  readonly extra: string;
  /** Older segments may hold rows of the run. */
  readonly again: boolean;
}

/** The order of runs in a segment, MLflow's: newest first, then by id. */
const compareRuns = (
  a: Pick<Run, 'start_time' | 'run_id'>,
  b: Pick<Run, 'start_time' | 'run_id'>,
): number =>
  b.start_time - a.start_time || (a.run_id < b.run_id ? -1 : Number(a.run_id > b.run_id));

const FORMAT = 1;

/**
 * Finished and resting runs as columns: one for every attribute (`a.status`, `n.` for numbers, `j.`
 * for anything else), param (`p.lr`), tag (`t.team`) and metric (`m.loss`, with `s.loss` and `c.loss`
 * for its step and time). Columns are compressed one by one: a search reads those that it names.
 */
export function packSegment(given: readonly SegmentRow[]): Buffer {
  const rows = given.toSorted((a, b) => compareRuns(a.run, b.run));
  const idOf = (row: number) => rows[row]?.run.run_id ?? '';
  const texts = new Map<string, Map<number, string>>();
  const numbers = new Map<string, Map<number, Int64>>();
  for (const [i, { run, metrics, extra, again }] of rows.entries()) {
    const { params, tags, ...attributes } = run;
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'number') put(numbers, `n.${name}`, i, value);
      else if (typeof value === 'string') put(texts, `a.${name}`, i, value);
      else put(texts, `j.${name}`, i, JSON.stringify(value));
    }
    for (const [key, value] of Object.entries(params)) put(texts, `p.${key}`, i, value);
    for (const [key, value] of Object.entries(tags)) put(texts, `t.${key}`, i, value);
    for (const { key, value, step, timestamp, ...more } of metrics) {
      put(numbers, `m.${key}`, i, value);
      put(numbers, `s.${key}`, i, step);
      put(numbers, `c.${key}`, i, timestamp);
      if (Object.keys(more).length > 0) put(texts, `d.${key}`, i, JSON.stringify(more));
    }
    if (extra) put(texts, 'x.', i, extra);
    if (again) put(numbers, 'g.', i, 1);
  }
  texts.delete('a.run_id');
  return packColumns(FORMAT, rows.length, [
    ['i.', packIds(rows)],
    ...[...texts].map(([name, values]) => [name, writeTexts(values, rows.length, idOf)] as const),
    ...[...numbers].map(([name, values]) => [name, writeNumbers(values, rows.length)] as const),
  ]);
}

function put<T>(columns: Map<string, Map<number, T>>, name: string, row: number, value: T): void {
  const column = columns.get(name) ?? new Map<number, T>();
  columns.set(name, column);
  column.set(row, value);
}

/** Ids in the order of rows. */
function packIds(rows: readonly SegmentRow[]): Buffer {
  const writer = new ByteWriter();
  for (const { run } of rows) writer.text(run.run_id);
  return writer.bytes();
}

/** The JSON texts of `d.` hold what a metric has besides value, step and time. */
interface MetricColumns {
  readonly key: string;
  readonly value: Column;
  readonly step: NumberColumn;
  readonly timestamp: NumberColumn;
  readonly more: Column | undefined;
}

/** A packed segment, opened: columns are read when somebody asks for them. */
export class Segment {
  readonly rows: number;
  /** Bytes of memory, about; grows with the columns that were read. */
  size: number;
  private readonly packed: PackedColumns;
  private readonly columns = new Map<string, Column | undefined>();
  private readonly ids: readonly string[];
  private readonly idOf = (row: number) => this.ids[row] ?? '';
  private metrics: readonly MetricColumns[] | undefined;
  private described:
    | readonly { readonly kind: string; readonly key: string; readonly column: Column }[]
    | undefined;

  /** Throws for damaged bytes and a format that it does not know. */
  constructor(packed: Uint8Array) {
    this.packed = new PackedColumns(FORMAT, packed);
    this.rows = this.packed.rows;
    const ids = new ByteReader(this.packed.raw('i.') ?? Buffer.alloc(0));
    this.ids = Array.from({ length: this.rows }, () => ids.text());
    this.size = this.packed.bytes + 56 * this.rows;
  }

  id(row: number): string {
    return this.idOf(row);
  }

  start(row: number): number {
    return Number(this.column('n.start_time')?.at(row) ?? 0);
  }

  /** Rows of runs that older segments may hold, too. */
  againRows(): number[] {
    const column = this.column('g.');
    if (!column) return [];
    return Array.from({ length: this.rows }, (_, row) => row).filter(
      (row) => column.at(row) !== undefined,
    );
  }

  /** `p.lr`, `m.loss`; undefined when no row has it. */
  column(name: string): Column | undefined {
    if (this.columns.has(name)) return this.columns.get(name);
    const column = this.read(name);
    this.size += column?.size ?? 0;
    this.columns.set(name, column);
    return column;
  }

  /** The row of a run; the first row behind where it would be, as a negative number less one. */
  find(run: Pick<Run, 'start_time' | 'run_id'>): number {
    let low = 0;
    let high = this.rows - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = compareRuns({ start_time: this.start(middle), run_id: this.id(middle) }, run);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -low - 1;
  }

  row(row: number): SegmentRow {
    const attributes: [string, unknown][] = [['run_id', this.id(row)]];
    const params: [string, string][] = [];
    const tags: [string, string][] = [];
    for (const { kind, key, column } of this.rowColumns()) {
      const value = column.at(row);
      if (value === undefined) continue;
      if (kind === 'p') params.push([key, String(value)]);
      else if (kind === 't') tags.push([key, String(value)]);
      else attributes.push([key, kind === 'j' ? JSON.parse(String(value)) : value]);
    }
    const metrics: Metric[] = [];
    for (const { key, value, step, timestamp, more } of this.metricColumns()) {
      const present = value.at(row);
      if (present === undefined) continue;
      const rest = more?.at(row);
      metrics.push({
        key,
        value: Number(present),
        timestamp: timestamp.exactAt(row),
        step: step.exactAt(row),
        ...(rest !== undefined && JSON.parse(String(rest))),
      });
    }
    const extra = String(this.column('x.')?.at(row) ?? '');
    const again = this.column('g.')?.at(row) !== undefined;
    const run = {
      ...Object.fromEntries(attributes),
      params: Object.fromEntries(params),
      tags: Object.fromEntries(tags),
    } as Run;
    return { run, metrics, extra, again };
  }

  /** Columns of attributes, params and tags. */
  private rowColumns() {
    this.described ??= [...this.packed.names()].flatMap((name) => {
      const kind = name[0] ?? '';
      const column = 'anjpt'.includes(kind) ? this.column(name) : undefined;
      return column ? [{ kind, key: name.slice(2), column }] : [];
    });
    return this.described;
  }

  private metricColumns(): readonly MetricColumns[] {
    this.metrics ??= [...this.packed.names()]
      .filter((name) => name.startsWith('m.'))
      .map((name) => {
        const key = name.slice(2);
        const [value, step, timestamp] = [name, `s.${key}`, `c.${key}`].map((one) =>
          this.column(one),
        );
        if (!value || !(step instanceof NumberColumn) || !(timestamp instanceof NumberColumn)) {
          throw new Error(`Metric ${key} has no steps or times`);
        }
        return { key, value, step, timestamp, more: this.column(`d.${key}`) };
      });
    return this.metrics;
  }

  private read(name: string): Column | undefined {
    if (name === 'a.run_id')
      return new TextColumn(undefined, Uint32Array.from(this.ids.keys()), this.ids, undefined);
    const raw = this.packed.raw(name);
    if (!raw) return undefined;
    return 'nmscg'.includes(name[0] ?? '')
      ? readNumbers(raw, this.rows)
      : readTexts(raw, this.rows, this.idOf);
  }
}
