import { describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/training/images/gbdt/data/columns.ts';
import { splitData } from '../../../lib/training/images/gbdt/data/split-data.ts';
import { parseHyperparameters } from '../../../lib/training/images/gbdt/hyperparameters.ts';
import { numbers } from './examples.ts';

const ROWS = 1000;
const HOUR = 3_600_000;
const rows = (value: (row: number) => number) => Array.from({ length: ROWS }, (_, i) => value(i));

function split(
  changes: { label?: number[]; more?: Column[] },
  settings: Record<string, string> = {},
) {
  const time: Column = {
    kind: 'time',
    name: 'at',
    values: Float64Array.from(rows((i) => i * HOUR)),
  };
  const label = numbers('y', changes.label ?? rows((i) => i % 2));
  const columns = [
    label,
    numbers(
      'n',
      rows((i) => i),
    ),
    ...(changes.more ?? []),
  ];
  const hyperparameters = parseHyperparameters({ label: 'y', ...settings });
  const timed = settings.time_column !== undefined;
  return splitData(
    { rows: ROWS, columns: timed ? [...columns, time] : columns },
    timed ? { start: 0, end: ROWS * HOUR } : undefined,
    hyperparameters,
  );
}

const numbersOf = ({ features }: { features: readonly Column[] }) =>
  Array.from((features[0] as ReturnType<typeof numbers>).values);

describe('splitting the rows', () => {
  it('holds out the newest part of the window', () => {
    const { train, valid, holdout } = split({}, { time_column: 'at', holdout: 'PT100H' });
    expect(numbersOf(holdout)).toEqual(rows((i) => i).slice(900));
    expect([...numbersOf(train), ...numbersOf(valid!)].sort((a, b) => a - b)).toEqual(
      rows((i) => i).slice(0, 900),
    );
    expect(valid!.labels.length).toBeGreaterThan(50);
  });

  it('holds out a fifth by hash without a time, and the same rows every time', () => {
    const { train, valid, holdout } = split({});
    expect(holdout.labels.length).toBeGreaterThan(150);
    expect(holdout.labels.length).toBeLessThan(250);
    expect(train.labels.length + valid!.labels.length + holdout.labels.length).toBe(ROWS);
    expect(numbersOf(split({}).holdout)).toEqual(numbersOf(holdout));
    expect(numbersOf(split({}, { seed: '2' }).holdout)).not.toEqual(numbersOf(holdout));
  });

  it('thins out what is held out evenly', () => {
    const { holdout } = split(
      {},
      { time_column: 'at', holdout: 'PT500H', max_holdout_rows: '100' },
    );
    expect(numbersOf(holdout)).toEqual(Array.from({ length: 100 }, (_, i) => 500 + i * 5));
  });

  it('tells classes from values by the labels', () => {
    expect(split({}).objective).toBe('binary');
    expect(split({ label: rows((i) => i / 3) }).objective).toBe('regression');
    expect(split({}, { objective: 'regression' }).objective).toBe('regression');
  });

  it.each<[string, Parameters<typeof split>[0], Record<string, string>, string]>([
    ['one class', { label: rows(() => 1) }, {}, 'training rows have the label 1'],
    ['rows without label', { label: rows((i) => (i < 3 ? Number.NaN : 1)) }, {}, '3 of 1000 rows'],
    ['classes beyond two', { label: rows((i) => i % 3) }, { objective: 'binary' }, '0 and 1'],
    [
      'a time among the features',
      { more: [{ kind: 'time', name: 'born', values: new Float64Array(ROWS) }] },
      {},
      "Column 'born' holds times",
    ],
    [
      'a window that is held out whole',
      {},
      { time_column: 'at', holdout: 'P90D' },
      'No rows are left to train on',
    ],
  ])('refuses %s', (_, changes, settings, message) => {
    expect(() => split(changes, settings)).toThrow(message);
  });
});

describe('hyperparameters', () => {
  it('come as texts and get defaults', () => {
    const settings = parseHyperparameters({
      label: 'y',
      trees: '7',
      exclude: 'a, b',
      model_tags: '{"owner":"ana"}',
      sagemaker_program: 'x',
    });
    expect(settings).toMatchObject({ trees: 7, exclude: ['a', 'b'], model_tags: { owner: 'ana' } });
    expect(settings).toMatchObject({ learning_rate: 0.1, objective: 'auto' });
  });

  it.each([
    [{}, 'label'],
    [{ label: 'y', treees: '5' }, 'treees'],
    [{ label: 'y', trees: 'many' }, 'trees'],
    [{ label: 'y', time_column: 'at', trailing: '60 days' }, 'trailing: must be an ISO 8601'],
    [{ label: 'y', holdout: 'P7D' }, 'need a time_column'],
    [{ label: 'y', model_tags: '[1]' }, 'model_tags: must be a JSON object of texts'],
  ])('refuse %j', (values, message) => {
    expect(() => parseHyperparameters(values as Record<string, string>)).toThrow(message);
  });
});
