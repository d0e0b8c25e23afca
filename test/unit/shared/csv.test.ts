import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../functions/shared/csv.ts';

describe('parseCsv', () => {
  it('reads what pandas writes', () => {
    expect(parseCsv('a,b,c\n1,x,\n-2.5e3,"y, z",True\n')).toEqual({
      columns: ['a', 'b', 'c'],
      rows: [
        [1, 'x', null],
        [-2500, 'y, z', true],
      ],
    });
    expect(parseCsv('a\r\n1\r\n')).toEqual({ columns: ['a'], rows: [[1]] });
    expect(parseCsv('a,b\n1,')).toEqual({ columns: ['a', 'b'], rows: [[1, null]] });
  });

  it('takes booleans in every case and leaves texts that only look like numbers', () => {
    const of = (text: string) => parseCsv(`a\n${text}\n`).rows[0]?.[0];
    expect(['true', 'TRUE', 'False', 'nan', '"7"', '0x10', '1e', ' '].map(of)).toEqual([
      ...[true, true, false, null, 7, '0x10', '1e', ' '],
    ]);
  });

  it('passes over empty lines, a byte order mark, and no lone missing value', () => {
    expect(parseCsv('\uFEFFa\n1\n\n""\n2')).toEqual({ columns: ['a'], rows: [[1], [null], [2]] });
  });

  it('refuses lines of another length, open quotes, and nothing at all', () => {
    expect(() => parseCsv('a,b\n1\n')).toThrow('expect 2, got 1 on line 2');
    expect(() => parseCsv('a\n"1')).toThrow(
      'the parsing is finished with an opening quote at line 2',
    );
    expect(() => parseCsv('a\nb\n"1"2\n')).toThrow('Invalid Closing Quote: got "2" at line 3');
    expect(() => parseCsv('a\n1"2"\n')).toThrow(
      expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }),
    );
    expect(() => parseCsv('a,b\n"1\n",2\n\n3\n')).toThrow('expect 2, got 1 on line 5');
    expect(() => parseCsv('a,b,a\n')).toThrow("two columns 'a'");
    expect(() => parseCsv('')).toThrow('no line of column names');
  });

  it('gives texts back as they were quoted', () => {
    const text = fc.string({ minLength: 1 }).map((value) => `t${value}`);
    const rows = fc.array(fc.tuple(text, text), { minLength: 1 });
    fc.assert(
      fc.property(rows, (values) => {
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const lines = values.map((row) => row.map(quoted).join(','));
        expect(parseCsv(['a,b', ...lines].join('\n')).rows).toEqual(values);
      }),
    );
  });
});
