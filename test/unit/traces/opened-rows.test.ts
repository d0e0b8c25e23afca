import { expect, it } from 'vitest';
import { traceOfRow } from '../../../functions/traces/opened-rows.ts';
import { packTrace } from '../../../functions/traces/pack.ts';

const row = (sk: string, state: string) => ({
  pk: 'EXPERIMENT#1',
  sk,
  body: packTrace({ trace_id: sk, state }),
});

it('a row is unpacked once for as long as its bytes are what they were', () => {
  const first = traceOfRow(row('a', 'OK'));
  expect(first).toEqual({ trace_id: 'a', state: 'OK' });
  expect(traceOfRow(row('a', 'OK'))).toBe(first);
  expect(traceOfRow(row('b', 'OK'))).toEqual({ trace_id: 'b', state: 'OK' });
  expect(traceOfRow(row('a', 'ERROR'))).toEqual({ trace_id: 'a', state: 'ERROR' });
  expect(traceOfRow(row('a', 'OK'))).toEqual(first);
});

it('a damaged row is not taken for what it was', () => {
  const { body, ...key } = row('c', 'OK');
  traceOfRow({ ...key, body });
  const damaged = Buffer.from(body);
  damaged[10] = (damaged[10] ?? 0) ^ 1;
  expect(() => traceOfRow({ ...key, body: damaged })).toThrow('checksum');
});
