import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { parseRows } from '../../../functions/validation/evaluation-rows.ts';
import { evaluationSet, requireClasses } from '../../../functions/validation/evaluation-set.ts';
import { parseMlModel } from '../../../functions/validation/ml-model.ts';

describe('evaluation rows', () => {
  it('come from Parquet with whole numbers and times as JSON has them', async () => {
    const file = parquetWriteBuffer({
      columnData: [
        { name: 'n', data: [1n, 2n], type: 'INT64' },
        { name: 'at', data: [new Date(0), new Date(86_400_000)], type: 'TIMESTAMP' },
        { name: 'text', data: ['a', null], type: 'STRING', nullable: true },
      ],
    });
    expect(await parseRows(Buffer.from(file), 'parquet')).toEqual([
      { n: 1, at: '1970-01-01T00:00:00.000Z', text: 'a' },
      { n: 2, at: '1970-01-02T00:00:00.000Z', text: null },
    ]);
  });

  it('come from CSV with quotes, missing values and either line ending', async () => {
    const text = 'name,x,flag\r\n"Smith, ""J""",1.5,true\r\n,,false\n"two\nlines",-2e3,TRUE\n';
    expect(await parseRows(Buffer.from(text), 'csv')).toEqual([
      { name: 'Smith, "J"', x: 1.5, flag: true },
      { name: null, x: null, flag: false },
      { name: 'two\nlines', x: -2000, flag: true },
    ]);
  });

  it('survive being written as CSV', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é'), minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.tuple(field, field), { minLength: 1 })
          .filter((rows) => rows.every((row) => row.every((text) => text.trim() !== ''))),
        async (rows) => {
          const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = ['a,b', ...rows.map((row) => row.map(quote).join(','))].join('\n');
          expect(await parseRows(Buffer.from(text), 'csv')).toEqual(
            rows.map(([a, b]) => ({ a, b })),
          );
        },
      ),
    );
  });

  it.each([
    ['a,b\n1\n', /expect 2, got 1 on line 2/],
    ['a\n"x\n', /opening quote at line/],
    ['', /no line of column names/],
  ])('are refused in %j', async (text, message) => {
    await expect(parseRows(Buffer.from(text), 'csv')).rejects.toThrow(message);
  });

  it('are refused when the file is no Parquet or holds nothing', async () => {
    await expect(parseRows(Buffer.from('nonsense'), 'parquet')).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
    await expect(parseRows(Buffer.from('a\n'), 'csv')).rejects.toThrow(/no rows/);
  });
});

describe('an evaluation set', () => {
  const csv = (text: string) => Buffer.from(text);

  it('has labels, rows and the digest of its file', async () => {
    const set = await evaluationSet(csv('x,late\n1,true\n2,0\n'), {
      path: 'run:/e.csv',
      label: 'late',
    });
    expect([...set.labels]).toEqual([1, 0]);
    expect(set.rows).toHaveLength(2);
    expect(set.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it.each([
    ['x\n1\n', /no column 'late'/],
    ['x,late\n1,\n', /Row 0 of the evaluation data has the label null/],
    ['x,late\n1,yes\n', /label "yes"/],
  ])('is refused for %j', async (text, message) => {
    await expect(evaluationSet(csv(text), { path: 'run:/e.csv', label: 'late' })).rejects.toThrow(
      message,
    );
  });

  it('needs both classes where classes are judged', () => {
    expect(() => requireClasses(Float64Array.from([0, 0]))).toThrow(/only one of the two classes/);
    expect(() => requireClasses(Float64Array.from([0, 2]))).toThrow(/neither 0 nor 1/);
  });
});

describe('parseMlModel', () => {
  it.each(['', 'flavors:', 'flavors: {}', '- a', 'just text', 'a: b: c'])('refuses %j', (text) => {
    expect(() => parseMlModel(text)).toThrow(/MLmodel/);
  });
});
