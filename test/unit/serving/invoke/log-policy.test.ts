import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSampled, redact } from '../../../../functions/serving/invoke/log-policy.ts';

const policy = { drop: ['name'], hash: ['mail'] };
const SECRET = 'ana@example.org';
const hidden = (body: object) => JSON.parse(redact(JSON.stringify(body), policy, 'salt'));

describe('redact', () => {
  it.each([
    { dataframe_split: { columns: ['x', 'name', 'mail'], data: [[1, SECRET, SECRET]] } },
    { dataframe_records: [{ x: 1, name: SECRET, mail: SECRET }] },
    { instances: [{ x: 1, name: SECRET, mail: SECRET }] },
    { inputs: { x: [1], name: [SECRET], mail: [SECRET] } },
    { inputs: [{ x: 1, name: SECRET, mail: SECRET }] },
    { instances: [[1, SECRET, SECRET]] },
    { dataframe_split: { data: [[1, SECRET]] } },
    { dataframe_recordz: [{ name: SECRET }] },
    { name: SECRET },
  ])('keeps no value that the policy keeps out: %j', (body) => {
    expect(JSON.stringify(hidden(body))).not.toContain(SECRET);
  });

  it('leaves the other columns, and missing values missing', () => {
    expect(hidden({ dataframe_records: [{ x: 1, mail: null }], client_request_id: 'a' })).toEqual({
      dataframe_records: [{ x: 1, mail: null }],
      client_request_id: 'a',
    });
  });

  it('leaves out what it cannot read, and nothing without a policy', () => {
    expect(redact('not json', policy, 's')).toBe('"left out: not JSON"');
    expect(redact('"text"', policy, 's')).toBe('"left out: no columns"');
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(redact(text, undefined, 's')).toBe(text);
      }),
    );
  });

  it('gives equal values equal digests on one endpoint only', () => {
    const of = (salt: string) => redact('{"instances":[{"mail":"a"}]}', policy, salt);
    expect(of('one')).toBe(of('one'));
    expect(of('one')).not.toBe(of('two'));
  });
});

describe('isSampled', () => {
  it('keeps a request or not, however often it is repeated', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0.01, max: 1, noNaN: true }), (id, fraction) => {
        const once = isSampled({ sampling_fraction: fraction }, id);
        expect(isSampled({ sampling_fraction: fraction }, id)).toBe(once);
        expect(isSampled(undefined, id)).toBe(true);
      }),
    );
  });
});
