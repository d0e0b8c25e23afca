import { TrainingError } from '../training-error.ts';
import type { Column } from './columns.ts';

type Kind = 'number' | 'boolean' | 'text' | 'time';

const ARTICLE: Readonly<Record<Kind, string>> = {
  number: 'numbers',
  boolean: 'booleans',
  text: 'texts',
  time: 'times',
};

/** Gathers a column's values from one file after another; the first value decides the type. */
export class ColumnBuilder {
  private readonly name: string;
  private readonly asText: boolean;
  private kind: Kind | undefined;
  private values = new Float64Array(1024);
  private length = 0;
  private readonly codes = new Map<string, number>();

  constructor(name: string, asText: boolean) {
    this.name = name;
    this.asText = asText;
  }

  /** Appends a value of a file; null, undefined, NaN and the empty text are missing. */
  append(value: unknown, file: string): void {
    if (value === null || value === undefined || value === '' || Number.isNaN(value)) {
      this.push(Number.NaN);
      return;
    }
    const kind = this.asText ? 'text' : kindOf(value);
    if (kind === undefined) {
      throw new TrainingError(
        `Column '${this.name}' of ${file} holds ${describe(value)}, which is neither a number, ` +
          'a boolean, a text nor a time; exclude it',
      );
    }
    this.kind ??= kind;
    if (this.kind !== kind) {
      throw new TrainingError(
        `Column '${this.name}' holds ${ARTICLE[this.kind]}, but ${file} has ${describe(value)} in it`,
      );
    }
    this.push(kind === 'text' ? this.codeOf(String(value)) : Number(value));
  }

  /** The column; one without any value counts as numeric. */
  build(): Column {
    const { name } = this;
    const values = this.values.subarray(0, this.length);
    if (this.kind === 'text') {
      const codes = Int32Array.from(values, (code) => (Number.isNaN(code) ? -1 : code));
      return { kind: 'text', name, codes, dictionary: [...this.codes.keys()] };
    }
    if (this.kind === 'time') return { kind: 'time', name, values };
    return { kind: 'numeric', name, boolean: this.kind === 'boolean', values };
  }

  private push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  private codeOf(text: string): number {
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    this.codes.set(text, this.codes.size);
    return this.codes.size - 1;
  }
}

function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'text';
  return value instanceof Date ? 'time' : undefined;
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value)?.slice(0, 60) ?? typeof value;
}
