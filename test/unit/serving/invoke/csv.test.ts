import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromCsv } from '../../../../functions/serving/invoke/csv.ts';

describe('fromCsv', () => {
  it('reads what pandas writes', () => {
    expect(fromCsv('a,b,c\n1,x,\n-2.5e3,"y, z",True\n')).toEqual({
      columns: ['a', 'b', 'c'],
      rows: [
        [1, 'x', null],
        [-2500, 'y, z', true],
      ],
    });
    expect(fromCsv('a\r\n1\r\n')).toEqual({ columns: ['a'], rows: [[1]] });
    expect(fromCsv('a,b\n1,')).toEqual({ columns: ['a', 'b'], rows: [[1, null]] });
  });

  it('refuses lines of another length, open quotes, and nothing at all', () => {
    expect(() => fromCsv('a,b\n1\n')).toThrow('Line 2 of the CSV must have 2 values');
    expect(() => fromCsv('a\n"1\n')).toThrow('cannot be read from character 2');
    expect(() => fromCsv('')).toThrow('no line of column names');
  });

  it('gives texts back as they were quoted', () => {
    const text = fc.string({ minLength: 1 }).map((value) => `t${value}`);
    const rows = fc.array(fc.tuple(text, text), { minLength: 1 });
    fc.assert(
      fc.property(rows, (values) => {
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const lines = values.map((row) => row.map(quoted).join(','));
        expect(fromCsv(['a,b', ...lines].join('\n')).rows).toEqual(values);
      }),
    );
  });
});
