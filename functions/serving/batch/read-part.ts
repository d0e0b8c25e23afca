import { type AsyncBuffer, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { parseRows } from '../../validation/index.ts';
import type { InputColumns } from '../invoke/signature.ts';

const isCsv = (key: string) => key.toLowerCase().endsWith('.csv');
export const isTable = (key: string): boolean => /\.(parquet|csv)$/i.test(key);

/** How many rows stand together in a Parquet or CSV file: those of each row group, or all. */
export async function rowGroupsOf(key: string, file: AsyncBuffer): Promise<number[]> {
  if (isCsv(key)) return [(await csvRows(file)).length];
  const { row_groups: groups } = await parquetMetadataAsync(file);
  return groups.map(({ num_rows }) => Number(num_rows));
}

/**
 * Cuts rows into ranges of at most `most`. A row group is read as a whole even for one of its rows, so
 * it is not cut unless it is larger.
 */
export function cutRows(
  groups: readonly number[],
  most: number,
): { readonly start: number; readonly end: number }[] {
  const parts: { start: number; end: number }[] = [];
  let last: { start: number; end: number } | undefined;
  let at = 0;
  for (const rows of groups) {
    for (let end = at + rows; at < end; ) {
      const next = Math.min(end, at + most);
      if (last && next - last.start <= most) last.end = next;
      else {
        last = { start: at, end: next };
        parts.push(last);
      }
      at = next;
    }
  }
  return parts;
}

const csvRows = async (file: AsyncBuffer) =>
  parseRows(Buffer.from(await file.slice(0, file.byteLength)), 'csv');

/** Columns of some rows of a file, as requests would bring them; those that it lacks are left out. */
export async function readColumns(
  key: string,
  file: AsyncBuffer,
  rows: { readonly start: number; readonly end: number },
  wanted: readonly string[] | undefined,
): Promise<InputColumns> {
  return isCsv(key) ? fromCsv(await csvRows(file), rows, wanted) : fromParquet(file, rows, wanted);
}

function fromCsv(
  all: readonly Readonly<Record<string, unknown>>[],
  { start, end }: { readonly start: number; readonly end: number },
  wanted: readonly string[] | undefined,
): InputColumns {
  const rows = all.slice(start, end);
  const present = Object.keys(rows[0] ?? {});
  const names = wanted?.filter((name) => present.includes(name)) ?? present;
  const columns = new Map(names.map((name) => [name, rows.map((row) => row[name] ?? null)]));
  return { length: rows.length, columns };
}

async function fromParquet(
  file: AsyncBuffer,
  { start, end }: { readonly start: number; readonly end: number },
  wanted: readonly string[] | undefined,
): Promise<InputColumns> {
  const metadata = await parquetMetadataAsync(file);
  const present = metadata.schema
    .filter(({ num_children }) => !num_children)
    .map(({ name }) => name);
  const names = wanted?.filter((name) => present.includes(name)) ?? present;
  const columns = new Map(names.map((name) => [name, new Array<unknown>(end - start)]));
  await parquetRead({
    file,
    metadata,
    columns: names,
    rowStart: start,
    rowEnd: end,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = columns.get(columnName);
      if (!column) return;
      for (let i = 0; i < columnData.length; i++) {
        const at = rowStart + i - start;
        if (at >= 0 && at < end - start) column[at] = plain(columnData[i]);
      }
    },
  });
  return { length: end - start, columns };
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  return value ?? null;
}
