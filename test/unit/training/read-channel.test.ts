import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainValues } from '../../../lib/training/images/gbdt/data/columns.ts';
import { readChannel } from '../../../lib/training/images/gbdt/data/read-channel.ts';
import { parseHyperparameters } from '../../../lib/training/images/gbdt/hyperparameters.ts';
import { jobFolder, parquet } from './channel.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

const read = async (files: Record<string, Buffer>, settings: Record<string, string> = {}) => {
  const folder = join(jobFolder({}, files), 'input/data/train');
  const channel = await readChannel(folder, parseHyperparameters({ label: 'y', ...settings }));
  const columns = channel.table.columns.map((column) => [column.name, plainValues(column)]);
  return { ...channel, columns: Object.fromEntries(columns) as Record<string, unknown[]> };
};

const days = (count: number) =>
  parquet({
    at: ['TIMESTAMP', Array.from({ length: count }, (_, i) => new Date(START + i * DAY))],
    y: ['INT32', Array.from({ length: count }, (_, i) => i % 2)],
    n: ['DOUBLE', Array.from({ length: count }, (_, i) => i)],
  });

describe('reading the train channel', () => {
  it('reads all types of Parquet', async () => {
    const file = parquet({
      y: ['BOOLEAN', [true, false, true]],
      big: ['INT64', [1n, null, 3n]],
      real: ['DOUBLE', [0.1, Number.NaN, null]],
      text: ['STRING', ['a', '', null]],
    });
    expect((await read({ 'a.parquet': file })).columns).toEqual({
      y: [true, false, true],
      big: [1, null, 3],
      real: [0.1, null, null],
      text: ['a', null, null],
    });
  });

  it('reads CSV with quotes, missing values, booleans and times', async () => {
    const file = Buffer.from(
      'y,name,flag,at,n\r\n1,"a ""b"", c",true,2026-01-01 10:00:00,-1e3\r\n0,,FALSE,2026-01-02,\r\n',
    );
    expect((await read({ 'a.csv': file }, { exclude: 'at' })).columns).toEqual({
      y: [1, 0],
      name: ['a "b", c', null],
      flag: [true, false],
      n: [-1000, null],
    });
    const times = await read({ 'a.csv': file }, { time_column: 'at' });
    expect(times.columns.at).toEqual([
      new Date('2026-01-01T10:00:00Z'),
      new Date('2026-01-02T00:00:00Z'),
    ]);
  });

  it('joins files in the order of their names, also of sub-folders', async () => {
    const one = (y: string) => Buffer.from(`y,c\n${y},${y}\n`);
    const channel = await read({
      'day=2/a.csv': one('2'),
      'day=1/a.csv': one('1'),
      _SUCCESS: Buffer.from(''),
    });
    expect(channel.columns.y).toEqual([1, 2]);
    expect(channel.files).toEqual(['day=1/a.csv', 'day=2/a.csv']);
  });

  it('keeps the rows of the trailing window, its start included and its end not', async () => {
    const channel = await read(
      { 'a.parquet': days(10) },
      { time_column: 'at', window_end: '2026-01-08T00:00:00Z', trailing: 'P3D' },
    );
    expect(channel.columns.n).toEqual([4, 5, 6]);
  });

  it('ends the window at the newest row when nobody says otherwise', async () => {
    const settings = { time_column: 'at', trailing: 'P2D' };
    expect((await read({ 'a.parquet': days(10) }, settings)).columns.n).toEqual([8, 9]);
  });

  it('draws the same sample every time', async () => {
    const files = { 'a.parquet': days(1000) };
    const first = (await read(files, { sample: '0.2', exclude: 'at' })).columns.n;
    expect(first!.length).toBeGreaterThan(140);
    expect(first!.length).toBeLessThan(260);
    expect((await read(files, { sample: '0.2', exclude: 'at' })).columns.n).toEqual(first);
  });

  it('takes numbers as categories where told', async () => {
    const file = Buffer.from('y,zip\n1,1234\n0,99\n');
    expect((await read({ 'a.csv': file }, { categorical: 'zip' })).columns.zip).toEqual([
      '1234',
      '99',
    ]);
  });

  const csv = (text: string) => ({ 'a.csv': Buffer.from(text) });
  it.each<[string, Record<string, Buffer>, Record<string, string>, string]>([
    ['an empty channel', {}, {}, 'has no .parquet or .csv file'],
    ['other files', { 'a.json': Buffer.from('{}') }, {}, 'a.json is neither a .parquet nor a .csv'],
    ['a broken Parquet file', { 'a.parquet': Buffer.from('PAR1') }, {}, 'not readable as Parquet'],
    [
      'an uneven CSV row',
      csv('y,a\n1,2\n3\n'),
      {},
      'a.csv is not valid CSV: Invalid Record Length: expect 2, got 1 on line 3',
    ],
    [
      'a stray quote',
      csv('y,a\n1,2\n3,"a"b\n'),
      {},
      'a.csv is not valid CSV: Invalid Closing Quote: got "b" at line 3',
    ],
    ['a missing label', csv('a\n1\n'), {}, "a.csv has no column 'y'; its columns are a"],
    ['an unknown column', csv('y\n1\n'), { exclude: 'nope' }, "no column 'nope'"],
    ['no rows', csv('y,a\n'), {}, 'No rows to train on'],
    [
      'no rows in the window',
      csv('y,at\n1,2026-01-01\n'),
      { time_column: 'at', window_end: '2025-01-01' },
      'No rows to train on from 2026-01-01T00:00:00.000Z until 2025-01-01T00:00:00.000Z',
    ],
    ['a row without time', csv('y,at\n1,\n'), { time_column: 'at' }, 'Row 1 of a.csv has no time'],
    [
      'files of different columns',
      { 'a.csv': Buffer.from('y,a\n1,2\n'), 'b.csv': Buffer.from('y\n1\n') },
      {},
      "b.csv has no column 'a'",
    ],
    [
      'columns that change their type',
      { 'a.csv': Buffer.from('y,a\n1,2\n'), 'b.csv': Buffer.from('y,a\n1,x\n') },
      {},
      `Column 'a' holds numbers, but b.csv has "x" in it`,
    ],
  ])('refuses %s', async (_, files, settings, message) => {
    await expect(read(files, settings)).rejects.toThrow(message);
  });
});
