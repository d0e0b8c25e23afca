import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, decodeQuery, parseQuery } from '../../../functions/mlflow/decode.ts';
import {
  anyJson,
  bool,
  double,
  enumeration,
  type FieldTable,
  int64,
  message,
  messages,
  requiredRunId,
  requiredString,
  rounded64,
  string,
  strings,
} from '../../../functions/mlflow/index.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const body = <T extends FieldTable>(value: unknown, table: T) => decodeBody(json(value), table);
const query = <T extends FieldTable>(text: string, table: T) =>
  decodeQuery(parseQuery(text), table);

describe('a JSON body', () => {
  it.each([
    [{ step: 5 }, 5],
    [{ step: '5' }, 5],
    [{ step: -3 }, -3],
    [{ step: '-3' }, -3],
    [{ step: '９' }, 9],
    [{ step: '-٣_𝟚' }, -32],
    [{ step: '1.٠e١' }, 10],
    [{ step: null }, undefined],
    [{}, undefined],
  ])('takes %j as an int64', (value, expected) => {
    expect(body(value, { step: int64 }).step).toBe(expected);
  });

  it('takes what Python writes for numbers that JSON has not, and a mark of the byte order', () => {
    const read = (text: string) =>
      decodeBody(Buffer.from(text), { value: double, name: string, step: int64 });
    expect(read('{"value":NaN,"name":"n"}')).toEqual({ value: Number.NaN, name: 'n' });
    expect(read('{"value":-Infinity,"step":9007199254740993}')).toEqual({
      value: -Infinity,
      step: 9007199254740993n,
    });
    const name = String.raw`a "NaN" \ Infinity`;
    expect(read(`\ufeff{"value":Infinity,"name":${JSON.stringify(name)}}`)).toEqual({
      value: Infinity,
      name,
    });
    expect(() => read('{"name":NaN}')).toThrow("parameter 'name'");
    for (const broken of ['{"value":NaN', '{"value":NaNs}', "{'value':NaN}"]) {
      expect(() => read(broken)).toThrow('not valid JSON');
    }
  });

  it.each([
    ['quotes in a text that does not end', `{"name":"${'\\"'.repeat(400_000)}`],
    ['texts that do not end behind a number', `{"value":NaN,"name":"${'\\'.repeat(800_001)}`],
    ['numbers that JSON has not', `{"name":${'-Infinity'.repeat(100_000)}`],
  ])('refuses a long body of %s as soon as it has read it', (_, body) => {
    expect(() => decodeBody(Buffer.from(body), { name: string })).toThrow('not valid JSON');
  });

  it('puts a default where a field is unset', () => {
    const table = { step: { ...int64, default: 0 } } as const;
    expect(body({}, table)).toEqual({ step: 0 });
    expect(body({ step: null }, table)).toEqual({ step: 0 });
    expect(body({ step: 7 }, table)).toEqual({ step: 7 });
  });

  it.each([
    [0.5, 0.5],
    ['0.5', 0.5],
    ['1e3', 1000],
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    [' 1_0.5 ', 10.5],
    ['.5', 0.5],
    ['5.', 5],
    [true, 1],
    [false, 0],
  ])('takes %j as a double', (value, expected) => {
    expect(body({ value }, { value: double }).value).toBe(expected);
  });

  it.each([
    [{ max_results: 10 }, 10],
    [{ maxResults: 10 }, 10],
  ])('knows both styles of names: %j', (value, expected) => {
    expect(body(value, { max_results: int64 }).max_results).toBe(expected);
  });

  it('takes enums by name, by number and by a text with the number', () => {
    const table = { status: enumeration('RUNNING', 'SCHEDULED', 'FINISHED') };
    for (const status of ['FINISHED', 3, 3.7, '3', '+3', '0_3'])
      expect(body({ status }, table).status).toBe('FINISHED');
    expect(body({ status: true }, table).status).toBe('RUNNING');
    const wanted = { status: { ...table.status, required: true } } as const;
    for (const status of [0, 4, '4', '-1', false, [], {}]) {
      expect(() => body({ status }, wanted)).toThrow("for parameter 'status' supplied");
    }
  });

  it('takes 0 for nothing specified where that is a value, and the lower half of 64 bits', () => {
    const table = { state: enumeration('STATE_UNSPECIFIED', 'OK', 'ERROR') };
    for (const state of [0, '0', false, 2 ** 32, -(2 ** 63), 0.5]) {
      expect(body({ state }, table)).toEqual({ state: 'STATE_UNSPECIFIED' });
    }
    for (const state of [1, true, 2 ** 32 + 1]) expect(body({ state }, table).state).toBe('OK');
    for (const state of [2, '2', 2.5]) expect(body({ state }, table).state).toBe('ERROR');
    for (const state of [3, -1, 2 ** 31, 2 ** 63, 2 ** 64]) {
      expect(() => decodeBody(json({ state }), table, {}, true)).toThrow('parameter');
    }
  });

  it('ignores a name that an enum does not have, as it does fields that it does not know', () => {
    const status = enumeration('RUNNING', 'SCHEDULED', 'FINISHED');
    for (const name of ['DONE', 'finished', '', '3.0', ' 3']) {
      expect(body({ status: name, step: 1 }, { status, step: int64 })).toEqual({ step: 1 });
    }
    expect(() => body({ status: 'DONE' }, { status: { ...status, required: true } })).toThrow(
      `Invalid value "DONE" for parameter 'status' supplied`,
    );
  });

  it('takes a text or a list of texts for a message without fields', () => {
    const table = { at: message({ name: string }), tags: messages({ name: string }) };
    for (const at of ['', 'name', [], ['x'], ['toString']]) {
      expect(body({ at, tags: [at] }, table)).toEqual({ at: {}, tags: [{}] });
    }
    for (const at of [['name'], [1], [null], [[]], 5, true]) {
      expect(() => decodeBody(json({ at }), table, {}, true)).toThrow(
        "for parameter 'at' supplied",
      );
    }
  });

  it('ignores fields that the message does not have and gives absent lists as empty ones', () => {
    expect(body({ other: 1, name: 'x' }, { name: string, ids: strings })).toEqual({
      name: 'x',
      ids: [],
    });
  });

  it('takes run_uuid where a run_id is wanted', () => {
    expect(body({ run_uuid: 'r1' }, { run_id: requiredRunId })).toEqual({ run_id: 'r1' });
    expect(query('run_uuid=r1', { run_id: requiredRunId })).toEqual({ run_id: 'r1' });
  });

  it('takes JSON in a JSON text, as old clients send it', () => {
    expect(body(JSON.stringify({ name: 'x' }), { name: string })).toEqual({ name: 'x' });
  });

  it.each([
    [
      { name: 123 },
      "Invalid value 123 for parameter 'name' supplied: Hint: Value was of type 'int'",
    ],
    [
      { tags: '5' },
      `Invalid value "5" for parameter 'tags' supplied: Hint: Value was of type 'str'`,
    ],
    [{ step: 'foo' }, `Invalid value "foo" for parameter 'step' supplied`],
    [{ step: '' }, "for parameter 'step' supplied"],
    [{ value: 'many' }, `Invalid value "many" for parameter 'value' supplied`],
    [{ tags: [{ value: 'x' }] }, "Missing value for required parameter 'tags[0].key'."],
    [{ tags: [3] }, "Invalid value 3 for parameter 'tags[0]' supplied"],
  ])('is refused: %j', (value, message) => {
    const table = {
      name: string,
      step: int64,
      value: double,
      flag: bool,
      tags: messages({ key: requiredString, value: string }),
    };
    expect(() => body(value, table)).toThrow(message);
  });

  it.each([
    [
      { step: 1.5 },
      "Invalid value 1.5 for parameter 'step' supplied: Hint: Value was of type 'float'",
    ],
    [{ step: 2 ** 63 }, "Hint: Value was of type 'int', not an integer of 64 bits"],
    [{ step: '-9223372036854775809' }, "for parameter 'step' supplied"],
    [{ flag: 'maybe' }, `Invalid value "maybe" for parameter 'flag' supplied`],
    [{ at: { name: 5.0 } }, "Invalid value 5 for parameter 'at.name' supplied"],
    [{ tags: [3] }, "Invalid value 3 for parameter 'tags[0]' supplied"],
  ])('is refused where everything of a wrong type is: %j', (value, message) => {
    const table = {
      step: int64,
      flag: bool,
      at: { type: { fields: { name: string } } },
      tags: messages({ value: string }),
    } as const;
    expect(() => decodeBody(json(value), table, {}, true)).toThrow(message);
  });

  it.each([{}, { name: null }, { name: '' }])('lacks what is required: %j', (value) => {
    expect(() => body(value, { name: requiredString })).toThrow(
      "Missing value for required parameter 'name'. See the API docs for more information",
    );
  });

  it('takes an empty number for a wrong one, an empty text for a missing one', () => {
    const fields = { step: { ...int64, required: true }, name: requiredString } as const;
    expect(() => body({ step: '', name: 'a' }, fields)).toThrow('Invalid value "" for parameter');
    expect(() => body({ step: 1, name: '' }, fields)).toThrow(
      "Missing value for required parameter 'name'",
    );
  });

  it('that is empty has no fields', () => {
    expect(decodeBody(Buffer.from(''), { name: string })).toEqual({});
  });

  it.each([
    ['5.0', 5],
    ['"5"', 5],
    ['"-3"', -3],
    ['"+1_0"', 10],
    ['"5.0"', 5],
    ['"1e3"', 1000],
  ])('holds the integer %s', (text, step) => {
    expect(decodeBody(Buffer.from(`{"step":${text}}`), { step: int64 })).toEqual({ step });
  });

  it.each(['9007199254740993', '9223372036854775807', '-9223372036854775808'])(
    'holds the integer %s digit by digit, as a number or as a text',
    (text) => {
      const table = { step: int64, value: double, more: messages({ step: int64 }), any: anyJson };
      for (const step of [text, `"${text}"`]) {
        const given = `{"step":${step},"value":${text},"more":[{"step":${step}}],"any":[${text}]}`;
        expect(decodeBody(Buffer.from(given), table)).toEqual({
          step: BigInt(text),
          value: Number(text),
          more: [{ step: BigInt(text) }],
          any: [Number(text)],
        });
      }
    },
  );

  it('holds integers written as floats, and limits of any size', () => {
    expect(decodeBody(Buffer.from('{"step":1e18}'), { step: int64 })).toEqual({ step: 10n ** 18n });
    expect(decodeBody(Buffer.from('{"n":9223372036854775807}'), { n: rounded64 })).toEqual({
      n: Number.MAX_SAFE_INTEGER,
    });
  });

  it.each(['"5.5"', '"1e-3"', '"1e400"', '" 5"', '"1__0"', '"_1"', '"0x1"', '5.5', 'true'])(
    'holds no integer %s',
    (text) => {
      expect(() => decodeBody(Buffer.from(`{"step":${text}}`), { step: int64 }, {}, true)).toThrow(
        "for parameter 'step' supplied",
      );
    },
  );

  it.each([
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['+INF', Infinity],
    ['1e309', Infinity],
  ])('holds the number "%s"', (text, value) => {
    expect(body({ value: text }, { value: double })).toEqual({ value });
  });

  it.each(['[]', '3', '"x', '"3"', 'null', 'nonsense'])('is no object: %s', (text) => {
    expect(() => decodeBody(Buffer.from(text), {})).toThrow(
      expect.objectContaining({ code: 'MALFORMED_REQUEST' }),
    );
  });

  it('never takes fields from the prototype of objects', () => {
    expect(body({}, { constructor: string, toString: string })).toEqual({});
    expect(parseQuery('__proto__=1&constructor=2').get('__proto__')).toEqual(['1']);
  });

  it('gives back any integer and any double that it was sent, as number or as text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.boolean(), (n, x, asText) => {
        const wire = (value: number) => (asText || !Number.isFinite(value) ? String(value) : value);
        const decoded = body({ n: wire(n), x: wire(x) }, { n: int64, x: double });
        expect(decoded.n).toBe(n);
        expect(decoded.x === x).toBe(true);
      }),
    );
  });
});

it.each(['true', 'false', ''])('a body has no boolean "%s"', (flag) => {
  expect(() => body({ flag }, { flag: { ...bool, check: 'type' } })).toThrow(
    `Invalid value "${flag}" for parameter 'flag' supplied`,
  );
});

describe('a query string', () => {
  it('repeats the names of lists and takes the first of other values', () => {
    const table = { run_ids: strings, name: string };
    expect(query('run_ids=a&run_ids=b&name=x&name=y', table)).toEqual({
      run_ids: ['a', 'b'],
      name: 'x',
    });
  });

  it.each(['true', 'True', 'TRUE'])('takes %s as true', (text) => {
    expect(query(`flag=${text}`, { flag: bool }).flag).toBe(true);
  });

  it('knows fields by the names of their definitions only', () => {
    const found = query('maxResults=5&run_uuid=a', { max_results: int64, run_id: requiredRunId });
    expect(found).toEqual({ run_id: 'a' });
  });

  it.each(['', '1', 'yes'])('has no boolean %j', (text) => {
    expect(() => query(`flag=${text}`, { flag: bool })).toThrow(
      `Invalid boolean value: ${text}, must be 'true' or 'false'.`,
    );
  });
});

describe('a text', () => {
  it('that is no sequence of characters is refused', () => {
    const body = Buffer.from('{"name": "a\\ud800"}');
    expect(() => decodeBody(body, { name: string }, {}, true)).toThrow(
      "for parameter 'name' supplied",
    );
    const pair = Buffer.from('{"name": "\\ud83d\\ude00"}');
    expect(decodeBody(pair, { name: string })).toEqual({ name: '😀' });
  });
});
