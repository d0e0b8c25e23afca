import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTimeOf } from '../../../../functions/serving/invoke/event-time.ts';
import { toRequestTable } from '../../../../functions/serving/invoke/request-table.ts';
import { enforceSignature, parseInputs } from '../../../../functions/serving/invoke/signature.ts';

describe('toRequestTable', () => {
  const table = {
    columns: ['a', 'b'],
    rows: [
      [1, 'x'],
      [2, null],
    ],
  };

  it('reads the same rows from every format', () => {
    const records = [
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ];
    expect(toRequestTable({ dataframe_split: { columns: ['a', 'b'], data: table.rows } })).toEqual(
      table,
    );
    // The columns of a data frame without names.
    expect(toRequestTable({ dataframe_split: { columns: [0, 1], data: [[1, 2]] } })).toEqual({
      columns: ['0', '1'],
      rows: [[1, 2]],
    });
    expect(toRequestTable({ dataframe_records: records })).toEqual(table);
    expect(toRequestTable({ instances: records })).toEqual(table);
    expect(toRequestTable({ inputs: { a: [1, 2], b: ['x', null] } })).toEqual(table);
    expect(toRequestTable({ inputs: table.rows })).toEqual({ rows: table.rows });
  });

  it('takes a field that a record lacks as missing', () => {
    expect(toRequestTable({ dataframe_records: [{ a: 1 }, { b: 2 }] })).toEqual({
      columns: ['a', 'b'],
      rows: [
        [1, null],
        [null, 2],
      ],
    });
  });

  it.each([
    [{}, 'exactly one of'],
    [{ inputs: [], instances: [] }, 'instances and inputs'],
    [[], 'must be a JSON object'],
    [{ dataframe_split: { columns: ['a'], data: [[1, 2]] } }, 'data[0] must be an array of 1'],
    [{ dataframe_split: { columns: ['a', 'a'], data: [] } }, 'distinct names'],
    [{ dataframe_split: { columns: [0.5], data: [] } }, 'distinct names'],
    [{ dataframe_split: { columns: 'a', data: [] } }, 'distinct names'],
    [{ dataframe_records: [1] }, 'dataframe_records[0] must be a record'],
    [{ inputs: { a: [1], b: [] } }, 'inputs.b must have 1 values'],
    [{ instances: [[1], [1, 2]] }, 'instances[1] must be an array of 1'],
  ])('refuses %j', (body, message) => {
    expect(() => toRequestTable(body)).toThrow(message);
  });

  it('answers any JSON with a table or a refusal', () => {
    const format = fc.constantFrom('dataframe_split', 'dataframe_records', 'instances', 'inputs');
    fc.assert(
      fc.property(format, fc.jsonValue(), (name, value) => {
        try {
          const { columns, rows } = toRequestTable({ [name]: value });
          for (const row of rows) if (columns) expect(row).toHaveLength(columns.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PARAMETER_VALUE' });
        }
      }),
    );
  });
});

describe('enforceSignature', () => {
  const inputs = parseInputs(
    JSON.stringify([
      { type: 'double', name: 'x' },
      { type: 'long', name: 'n' },
      { type: 'string', name: 's', required: false },
    ]),
  );
  const columns = (rows: object[]) =>
    Object.fromEntries(enforceSignature(toRequestTable({ instances: rows }), inputs).columns);

  it('orders the columns, fills optional ones and leaves unknown ones out', () => {
    expect(columns([{ n: 3, extra: 1, x: 0.5 }])).toEqual({ x: [0.5], n: [3], s: [null] });
  });

  it('gives positional rows the names of the signature', () => {
    const input = enforceSignature({ rows: [[1, 2, 'a']] }, inputs);
    expect(Object.fromEntries(input.columns)).toEqual({ x: [1], n: [2], s: ['a'] });
    expect(() => enforceSignature({ rows: [[1, 2]] }, inputs)).toThrow('takes 3 inputs per row');
  });

  it('takes null for a missing double, but not for a required integer', () => {
    expect(columns([{ x: null, n: 1 }])).toMatchObject({ x: [null] });
    expect(() => columns([{ x: 1, n: null }])).toThrow('column n: row 0 is missing');
  });

  it.each([
    [{ n: 1 }, "Model is missing inputs ['x']"],
    [{ x: 'a', n: 1 }, 'Can not safely convert "a" (row 0) to double'],
    [{ x: 1, n: 1.5 }, 'Can not safely convert 1.5 (row 0) to long'],
    [{ x: 1, n: 1, s: 2 }, 'to string'],
  ])('refuses %j as MLflow does', (row, message) => {
    expect(() => columns([row])).toThrow(message);
  });
});

describe('eventTimeOf', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  const of = (...values: unknown[]) =>
    eventTimeOf({ columns: ['at'], rows: values.map((value) => [value]) }, 'at', now);

  it('is the latest of the rows, whatever their form', () => {
    const noon = Date.parse('2001-02-03T12:00:00Z');
    expect(of('2001-02-03', '2001-02-03 12:00:00', null)).toBe(noon);
    expect(of('2001-02-03T14:00:00+02:00')).toBe(noon);
    expect(of(noon, '2001-02-02T00:00:00Z')).toBe(noon);
  });

  it('is unknown without the column or a value', () => {
    expect(of(null)).toBeUndefined();
    expect(eventTimeOf({ columns: ['b'], rows: [[1]] }, 'at', now)).toBeUndefined();
  });

  it.each(['yesterday', true, -5, '2001-13-01'])('refuses %j', (value) => {
    expect(() => of(value)).toThrow('is not a time since 1970');
  });

  it('refuses a time ahead of the clock, which would close every window until then', () => {
    expect(() => of('2099-01-01')).toThrow('lies in the future');
  });
});
