import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { addDuration, parseDuration } from '../../../../../functions/shared/duration.ts';
import type { Hyperparameters } from '../hyperparameters.ts';
import { hashUnit } from '../random.ts';
import { TrainingError } from '../training-error.ts';
import { ColumnBuilder } from './column-builder.ts';
import type { Table } from './columns.ts';
import { openCsv } from './csv-file.ts';
import type { DataFile } from './data-file.ts';
import { openParquet } from './parquet-file.ts';

/** Event time of the rows, `[start, end)` in epoch milliseconds. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

export interface ChannelData {
  readonly table: Table;
  /** Present when there is a time column. */
  readonly window?: Window;
  /** Names of the files that rows came from. */
  readonly files: readonly string[];
}

/** Rows of a file that count, and their times where there is a time column. */
interface Selection {
  readonly file: DataFile;
  readonly times?: ArrayLike<unknown>;
}

/**
 * Reads the rows of the window from all `.parquet` and `.csv` files below a folder, in the order of
 * their names. The time column is read first: of files outside the window nothing else is.
 */
export async function readChannel(folder: string, settings: Hyperparameters): Promise<ChannelData> {
  const files = await openFiles(folder);
  const [first] = files;
  if (!first) throw new TrainingError(`The train channel (${folder}) has no .parquet or .csv file`);
  checkColumns(files, settings);
  const selections = await readTimes(files, settings.time_column);
  const window = settings.time_column ? windowOf(selections, settings) : undefined;
  const wanted = first.columns.filter(
    (name) => !settings.exclude.includes(name) || isUsed(name, settings),
  );
  const builders = wanted.map(
    (name) => new ColumnBuilder(name, settings.categorical.includes(name)),
  );
  const used: string[] = [];
  let rows = 0;
  for (const [number, { file, times }] of selections.entries()) {
    const keep = positions(file.rows, number, settings, window, times);
    if (keep.length === 0) continue;
    used.push(file.name);
    rows += keep.length;
    for (const [i, name] of wanted.entries()) {
      const values = times && name === settings.time_column ? times : await file.read(name);
      for (const row of keep) builders[i]?.append(values[row], file.name);
    }
  }
  if (rows === 0) throw new TrainingError(`No rows to train on${describeWindow(window)}`);
  const table = { rows, columns: builders.map((builder) => builder.build()) };
  return { table, files: used, ...(window && { window }) };
}

const isUsed = (name: string, { label, time_column }: Hyperparameters) =>
  name === label || name === time_column;

const describeWindow = (window: Window | undefined) =>
  window
    ? ` from ${new Date(window.start).toISOString()} until ${new Date(window.end).toISOString()}`
    : '';

async function openFiles(folder: string): Promise<DataFile[]> {
  if (!existsSync(folder)) throw new TrainingError(`There is no train channel: ${folder}`);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^[._]/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const files: DataFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith('.parquet')) files.push(await openParquet(path, name));
    else if (name.endsWith('.csv')) files.push(openCsv(path, name));
    else throw new TrainingError(`${name} is neither a .parquet nor a .csv file`);
  }
  return files;
}

function checkColumns(files: readonly DataFile[], settings: Hyperparameters): void {
  const { label, time_column, exclude, categorical } = settings;
  const named = [label, ...(time_column ? [time_column] : []), ...exclude, ...categorical];
  const [first] = files;
  for (const { name, columns } of files) {
    const missing = [...named, ...(first?.columns ?? [])].find(
      (column) => !columns.includes(column),
    );
    if (missing !== undefined) {
      throw new TrainingError(
        `${name} has no column '${missing}'; its columns are ${columns.join(', ')}`,
      );
    }
    const extra = columns.find((column) => !first?.columns.includes(column));
    if (extra !== undefined) {
      throw new TrainingError(`${name} has a column '${extra}', which ${first?.name} has not`);
    }
  }
}

async function readTimes(
  files: readonly DataFile[],
  column: string | undefined,
): Promise<Selection[]> {
  if (column === undefined) return files.map((file) => ({ file }));
  const selections: Selection[] = [];
  for (const file of files) {
    const times = Array.from(await file.read(column), (value, row) => {
      const time = typeof value === 'string' ? new Date(value) : value;
      if (time instanceof Date && !Number.isNaN(time.getTime())) return time;
      throw new TrainingError(`Row ${row + 1} of ${file.name} has no time in '${column}'`);
    });
    selections.push({ file, times });
  }
  return selections;
}

function windowOf(selections: readonly Selection[], settings: Hyperparameters): Window {
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { times } of selections) {
    for (const time of Array.from(times ?? [])) {
      oldest = Math.min(oldest, Number(time));
      newest = Math.max(newest, Number(time));
    }
  }
  if (newest < oldest) throw new TrainingError('No rows to train on');
  const end = settings.window_end ?? newest + 1;
  const start = settings.trailing ? addDuration(end, parseDuration(settings.trailing), -1) : oldest;
  return { start, end };
}

function positions(
  rows: number,
  file: number,
  { sample, seed }: Hyperparameters,
  window: Window | undefined,
  times: ArrayLike<unknown> | undefined,
): Uint32Array {
  const keep: number[] = [];
  for (let row = 0; row < rows; row++) {
    const time = Number(times?.[row]);
    if (window && !(time >= window.start && time < window.end)) continue;
    if (sample < 1 && hashUnit(row, seed + file) >= sample) continue;
    keep.push(row);
  }
  return Uint32Array.from(keep);
}
