import type { Literal } from '../../search/index.ts';
import {
  type Column,
  PackedColumns,
  packColumns,
  readNumbers,
  readTexts,
  writeNumbers,
  writeTexts,
} from '../../shared/columns/index.ts';
import type { ModelVersion } from '../versions/model-version.ts';

/** What searches look at and show of a version; the other attributes stay in its row. */
const TEXTS = [
  'name',
  'user_id',
  'current_stage',
  'description',
  'source',
  'run_id',
  'run_link',
  'model_id',
  'status',
] as const;
const NUMBERS = ['version', 'creation_timestamp', 'last_updated_timestamp'] as const;

/** Which version, and when it was last updated (epoch milliseconds). */
export type VersionPlace = Pick<ModelVersion, 'name' | 'version' | 'last_updated_timestamp'>;

/** A version as a segment keeps it, or that there is none any more. */
export interface SegmentRow {
  readonly version: VersionPlace & Partial<ModelVersion>;
  readonly gone: boolean;
  /** Earlier segments may hold rows of the version. */
  readonly again: boolean;
}

const FORMAT = 1;
const AGAIN = 1;
const GONE = 2;
/** Its description is null, which is shown in another way than one that was never given. */
const NO_DESCRIPTION = 4;

const isBefore = (a: VersionPlace, b: Pick<VersionPlace, 'name' | 'version'>) =>
  a.name < b.name || (a.name === b.name && a.version < b.version);

/** Stands for the id in texts of rows that have none. */
const NO_ID = () => '\u0002';

/**
 * Versions as columns, in the order of names and numbers: `a.source` for texts, `n.version` for numbers,
 * `t.owner` for tags, `f.` for flags.
 */
export function packVersions(given: readonly SegmentRow[]): Buffer {
  const rows = given.toSorted((a, b) => (isBefore(a.version, b.version) ? -1 : 1));
  const texts = new Map<string, Map<number, string>>();
  const numbers = new Map<string, Map<number, number>>();
  for (const [i, { version, gone, again }] of rows.entries()) {
    for (const name of TEXTS) put(texts, `a.${name}`, i, version[name]);
    for (const name of NUMBERS) put(numbers, `n.${name}`, i, version[name]);
    for (const [key, value] of Object.entries(version.tags ?? {})) put(texts, `t.${key}`, i, value);
    const flags =
      (again ? AGAIN : 0) + (gone ? GONE : 0) + (version.description === null ? NO_DESCRIPTION : 0);
    if (flags > 0) put(numbers, 'f.', i, flags);
  }
  // Texts of a row may name what is in it anyway: the run, or the logged model.
  const ids = rows.map(({ version }) => version.run_id || version.model_id || NO_ID());
  // The ids themselves are needed to read the others.
  const plain = (column: string) => column === 'a.run_id' || column === 'a.model_id';
  return packColumns(FORMAT, rows.length, [
    ...[...texts].map(([name, values]) => {
      const id = plain(name) ? NO_ID : (row: number) => ids[row] ?? '';
      return [name, writeTexts(values, rows.length, id)] as const;
    }),
    ...[...numbers].map(([name, values]) => [name, writeNumbers(values, rows.length)] as const),
  ]);
}

function put<T>(
  columns: Map<string, Map<number, T>>,
  name: string,
  row: number,
  value: T | null | undefined,
): void {
  if (value === undefined || value === null) return;
  const column = columns.get(name) ?? new Map<number, T>();
  columns.set(name, column);
  column.set(row, value);
}

interface Range {
  readonly least: Literal;
  readonly greatest: Literal;
}

function rangeOf(column: Column | undefined, rows: number): Range | undefined {
  let least = column?.at(0);
  let greatest = least;
  for (let row = 0; row < rows; row++) {
    const value = column?.at(row);
    if (value === undefined || least === undefined || greatest === undefined) return undefined;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least === undefined || greatest === undefined ? undefined : { least, greatest };
}

type NamedColumns = readonly (readonly [string, Column])[];

function valuesAt(columns: NamedColumns, row: number): [string, unknown][] {
  const values: [string, unknown][] = [];
  for (const [key, column] of columns) {
    const value = column.at(row);
    if (value !== undefined) values.push([key, value]);
  }
  return values;
}

/** A packed segment, opened: columns are read when somebody asks for them, and kept. */
export class VersionSegment {
  readonly rows: number;
  /** Rows of versions that earlier segments may hold, too. */
  readonly again: readonly number[];
  /** Rows that say that there is no such version. */
  readonly gone: readonly number[];
  private readonly packed: PackedColumns;
  private readonly columns = new Map<string, Column | undefined>();
  private readonly ranges = new Map<string, Range | undefined>();
  private shown: { readonly attributes: NamedColumns; readonly tags: NamedColumns } | undefined;

  /** Throws for damaged bytes and a format that it does not know. */
  constructor(bytes: Uint8Array) {
    this.packed = new PackedColumns(FORMAT, bytes);
    this.rows = this.packed.rows;
    const flagged = (flag: number) =>
      Array.from({ length: this.column('f.') ? this.rows : 0 }, (_, row) => row).filter((row) =>
        this.has(row, flag),
      );
    this.again = flagged(AGAIN);
    this.gone = flagged(GONE);
  }

  /** `a.source`, `t.owner`; undefined when no row has it. */
  column(name: string): Column | undefined {
    if (this.columns.has(name)) return this.columns.get(name);
    const raw = this.packed.raw(name);
    const column = raw && this.read(name, raw);
    this.columns.set(name, column);
    return column;
  }

  /** The least and the greatest value of a column, of rows that count or not; undefined when rows have none. */
  range(name: string): Range | undefined {
    if (!this.ranges.has(name)) this.ranges.set(name, rangeOf(this.column(name), this.rows));
    return this.ranges.get(name);
  }

  place(row: number): VersionPlace {
    return {
      name: String(this.column('a.name')?.at(row) ?? ''),
      version: Number(this.column('n.version')?.at(row)),
      last_updated_timestamp: Number(this.column('n.last_updated_timestamp')?.at(row)),
    };
  }

  /** The row of a version; -1 when it has none. */
  find(wanted: Pick<VersionPlace, 'name' | 'version'>): number {
    let low = 0;
    let high = this.rows - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.place(middle);
      if (found.name === wanted.name && found.version === wanted.version) return middle;
      if (isBefore(found, wanted)) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  version(row: number): ModelVersion {
    this.shown ??= {
      attributes: [...this.named('a.', TEXTS), ...this.named('n.', NUMBERS)],
      tags: this.named('t.', this.tagKeys()),
    };
    const attributes = valuesAt(this.shown.attributes, row);
    if (this.has(row, NO_DESCRIPTION)) attributes.push(['description', null]);
    const tags = Object.fromEntries(valuesAt(this.shown.tags, row));
    return { ...Object.fromEntries(attributes), tags } as ModelVersion;
  }

  /** Every row, as it was packed. */
  unpack(): SegmentRow[] {
    const again = new Set(this.again);
    const gone = new Set(this.gone);
    return Array.from({ length: this.rows }, (_, row) => ({
      version: this.version(row),
      gone: gone.has(row),
      again: again.has(row),
    }));
  }

  private tagKeys(): string[] {
    return [...this.packed.names()].flatMap((name) =>
      name.startsWith('t.') ? [name.slice(2)] : [],
    );
  }

  private named(prefix: string, keys: readonly string[]): NamedColumns {
    return keys.flatMap((key) => {
      const column = this.column(prefix + key);
      return column ? [[key, column] as const] : [];
    });
  }

  private has(row: number, flag: number): boolean {
    return (Number(this.column('f.')?.at(row) ?? 0) & flag) !== 0;
  }

  private read(name: string, raw: Buffer): Column {
    if (name.startsWith('n.') || name.startsWith('f.')) return readNumbers(raw, this.rows);
    if (name === 'a.run_id' || name === 'a.model_id') return readTexts(raw, this.rows, NO_ID);
    const runs = this.column('a.run_id');
    const models = this.column('a.model_id');
    return readTexts(raw, this.rows, (row) => String(runs?.at(row) || models?.at(row) || NO_ID()));
  }
}
