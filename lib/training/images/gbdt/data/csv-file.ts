import { readFileSync } from 'node:fs';
import { csvRecords } from '../../../../../functions/shared/csv.ts';
import { TrainingError } from '../training-error.ts';
import type { DataFile } from './data-file.ts';

/** A date, or a date and a time, in ISO 8601; without a zone it counts as UTC. */
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Opens a CSV file (RFC 4180, UTF-8, with a header line). A column is of numbers, booleans or times when
 * all its values read as such, else of texts; empty fields are missing.
 */
export function openCsv(path: string, name: string): DataFile {
  const [header, ...records] = recordsOf(readFileSync(path, 'utf8'), name);
  if (!header) throw new TrainingError(`${name} is empty: a header line is needed`);
  const repeated = header.find((column, i) => header.indexOf(column) !== i);
  if (repeated !== undefined) throw new TrainingError(`${name} has two columns '${repeated}'`);
  return {
    name,
    rows: records.length,
    columns: header,
    read: async (column) => {
      const at = header.indexOf(column);
      return typed(records.map((record) => record[at] ?? ''));
    },
  };
}

function recordsOf(text: string, name: string): string[][] {
  try {
    return csvRecords(text);
  } catch (error) {
    throw new TrainingError(`${name} is not valid CSV: ${(error as Error).message}`);
  }
}

function typed(fields: readonly string[]): unknown[] {
  const present = fields.filter((field) => field !== '');
  const convert = CONVERSIONS.find(([pattern]) =>
    present.every((field) => pattern.test(field)),
  )?.[1];
  return fields.map((field) => (field === '' ? null : convert ? convert(field) : field));
}

const CONVERSIONS: readonly [RegExp, (field: string) => unknown][] = [
  [/^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan)$/i, Number],
  [/^(?:true|false)$/i, (field) => field.toLowerCase() === 'true'],
  [TIME, toTime],
];

function toTime(field: string): Date {
  const zoned = field.length <= 10 || TIME.exec(field)?.[1] !== undefined;
  return new Date(zoned ? field.replace(' ', 'T') : `${field.replace(' ', 'T')}Z`);
}
