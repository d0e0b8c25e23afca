import { describe, expect, it } from 'vitest';
import { decodeBody, decodeQuery, parseQuery } from '../../../functions/mlflow/decode.ts';
import {
  bool,
  double,
  duration,
  enumeration,
  type FieldTable,
  int32,
  int64,
  message,
  messages,
  requiredInt64,
  requiredRunId,
  requiredString,
  string,
  stringMap,
  strings,
  timestamp,
  typedString,
  typedStrings,
  uncheckedItems,
  uncheckedString,
} from '../../../functions/mlflow/index.ts';

const decode = <T extends FieldTable>(json: string, table: T, path = {}) =>
  decodeBody(Buffer.from(json), table, path);

const tags = messages({ key: string, value: string });

describe('a message with a value of a wrong type', () => {
  const run = {
    id: string,
    start: int64,
    name: string,
    tags: { ...tags, check: 'nothing' },
  } as const;

  it.each([
    ['{"id":"1","tags":5,"name":"n","start":7}', { id: '1', tags: [] }],
    ['{"tags":"x","id":"1","name":"n","start":7}', { tags: [] }],
    ['{"id":"1","name":"n","start":7,"tags":{}}', { id: '1', name: 'n', start: 7, tags: [] }],
    ['{"id":"1","start":1.5,"name":"n"}', { id: '1', tags: [] }],
    ['{"id":"1","start":true,"name":"n"}', { id: '1', tags: [] }],
    ['{"id":"1","start":" 5","name":"n"}', { id: '1', tags: [] }],
    ['{"id":"1","start":9223372036854775808,"name":"n"}', { id: '1', tags: [] }],
    ['{"id":"1","name":"a\\ud800","start":7}', { id: '1', tags: [] }],
  ])('is read until there: %s', (json, expected) => {
    expect(decode(json, run)).toEqual(expected);
  });

  it('has the items before the wrong one, and of that what was read', () => {
    const json = '{"tags":[{"key":"a","value":"1"},{"key":"b","value":2},{"key":"c"}],"id":"1"}';
    expect(decode(json, run)).toEqual({ tags: [{ key: 'a', value: '1' }, { key: 'b' }] });
    expect(decode('{"tags":[null,{"key":"a"}],"id":"1"}', run)).toEqual({ tags: [{}] });
  });

  it('has what is told behind a name that its enum does not have', () => {
    const table = { view: enumeration('A', 'B'), at: message({ name: string }), flag: bool };
    expect(decode('{"view":"C","flag":true,"at":{"name":1}}', table)).toEqual({
      flag: true,
      at: {},
    });
    expect(decode('{"flag":true,"view":99,"at":{}}', table)).toEqual({ flag: true });
    expect(decode('{"flag":"maybe","view":"A"}', table)).toEqual({});
  });

  it('is read until a number of more than 32 bits, where that is all a field has', () => {
    const table = { size: int32, name: string } as const;
    expect(decode('{"size":-2147483648,"name":"n"}', table)).toEqual({
      size: -(2 ** 31),
      name: 'n',
    });
    for (const size of ['2147483648', '"-2147483649"', '9223372036854775808']) {
      expect(decode(`{"size":${size},"name":"n"}`, table)).toEqual({});
    }
  });

  it('has what stands for a value that its enum does not have', () => {
    const table = { is: { ...enumeration('NO', 'YES'), required: true, otherwise: 'NO' } } as const;
    expect(decode('{"is":"MAYBE"}', table)).toEqual({ is: 'NO' });
    expect(() => decode('{"is":""}', table)).toThrow("Missing value for required parameter 'is'");
    expect(() => decode('{}', table)).toThrow("Missing value for required parameter 'is'");
  });

  it('knows names of either style, and null', () => {
    const table = { run_name: string, max_steps: int64, last: string };
    expect(decode('{"runName":"a","last":"b","maxSteps":1.5}', table)).toEqual({
      run_name: 'a',
      last: 'b',
    });
    expect(decode('{"at":null,"tags":5}', { at: uncheckedString, tags: run.tags })).toEqual({
      tags: [],
    });
  });

  it('has empty values where others are promised', () => {
    const table = { tags: run.tags, name: requiredString, step: requiredInt64 };
    expect(decode('{"tags":5,"name":"n","step":3}', table)).toEqual({
      tags: [],
      name: '',
      step: 0,
    });
  });

  it('has the fields of the path', () => {
    const table = { id: requiredString, tags: run.tags };
    expect(decode('{"tags":5}', table, { id: 'x' })).toEqual({ id: 'x', tags: [] });
  });

  it.each([
    ['{"name":5}', 'Invalid value 5 for parameter'],
    ['{"name":5.0}', 'Invalid value 5.0 for parameter'],
    ['{"name":{"b":[1,2.0],"a":"ä"}}', 'Invalid value {"a":"\\u00e4","b":[1,2.0]} for parameter'],
    [
      '{"name":true}',
      "Invalid value true for parameter 'name' supplied: Hint: Value was of type 'bool'",
    ],
    ['{"start":"x"}', 'Invalid value "x" for parameter'],
    ['{"start":"1.5"}', 'Invalid value "1.5" for parameter'],
    ['{"start":[]}', 'Invalid value [] for parameter'],
    ['{"value":"x"}', 'Invalid value "x" for parameter'],
    ['{"list":5}', 'Invalid value 5 for parameter'],
    ['{"list":["a",5]}', 'Invalid value ["a",5] for parameter'],
    ['{"items":5}', 'Invalid value 5 for parameter'],
    ['{"state":["A"]}', 'Invalid value ["A"] for parameter'],
    ['{"archive":5}', 'Invalid value 5 for parameter'],
    ['{"other":5,"name":null}', 'Invalid value null for parameter'],
  ])('is refused where the servers look at the type: %s', (json, text) => {
    const table = {
      other: uncheckedString,
      name: string,
      start: int64,
      value: double,
      list: strings,
      items: uncheckedItems,
      state: { ...enumeration('A'), check: 'type' },
      archive: { ...bool, check: 'type' },
    } as const;
    expect(() => decode(json, table)).toThrow(text);
  });

  it('is refused with a number above the largest, or with the name of an enum that must be a number', () => {
    const table = {
      size: { ...int64, max: 1000 },
      view: { ...enumeration('A'), check: 'number' },
    } as const;
    expect(() => decode(`{"size":1${'0'.repeat(30)}}`, table)).toThrow(
      `Invalid value 1${'0'.repeat(30)} for parameter 'size'`,
    );
    expect(decode(`{"size":-1${'0'.repeat(30)}}`, table)).toEqual({});
    expect(() => decode('{"size":true,"view":"A"}', table)).toThrow(
      `Invalid value "A" for parameter 'view'`,
    );
    expect(decode('{"size":true,"view":1}', table)).toEqual({});
  });

  it('may have a NaN as only Python writes it, which is then no value', () => {
    const table = { value: { ...double, required: true }, step: int64 } as const;
    expect(decode('{"value":"nan","step":3}', table)).toEqual({ value: 0 });
    expect(decode('{"value":" -NAN ","step":3}', table)).toEqual({ value: Number.NaN, step: 3 });
    expect(() => decode('{"step":1.5,"value":"nano"}', table)).toThrow('Invalid value "nano"');
  });

  it('has the part of a map before the first that is no text, and none of what is no map', () => {
    const table = { tags: stringMap, last: string };
    expect(decode('{"tags":{"a":"1","b":2,"c":"3"},"last":"x"}', table)).toEqual({
      tags: { a: '1' },
    });
    expect(decode('{"tags":[],"last":"x"}', table)).toEqual({ tags: {} });
    for (const half of ['"b":"\\ud800"', '"\\ud800":"b"']) {
      expect(decode(`{"tags":{"a":"1",${half},"c":"3"},"last":"x"}`, table)).toEqual({
        tags: { a: '1' },
      });
    }
  });

  it('has a list of a wrong type before it is missed, where MLflow looks so', () => {
    const table = { ids: typedStrings, id: typedString };
    const body = (json: string) => expect(() => decode(json, table));
    for (const json of ['{"id":5}', '{"id":5,"ids":null}']) {
      body(json).toThrow("Invalid value null for parameter 'ids'");
    }
    body('{"ids":""}').toThrow(`Invalid value "" for parameter 'ids'`);
    body('{"ids":[5]}').toThrow("Invalid value [5] for parameter 'ids'");
    body('{"ids":["a"],"other":5}').toThrow("Missing value for required parameter 'id'");
    body('{"id":"a"}').toThrow("Missing value for required parameter 'ids'");
    body('{"ids":[],"id":5}').toThrow("Invalid value 5 for parameter 'id'");
  });

  it.each([
    ['{"ids":"é"}', 'ids', '"\\u00e9"'],
    ['{"ids":["é"],"id":"\u202eabc","n":Infinity}', 'n', 'Infinity'],
    [
      '{"id":"a","ids":[Infinity,{"b":NaN,"a":[null,true,"é"]}]}',
      'ids',
      '[Infinity,{"a":[null,true,"\\u00e9"],"b":NaN}]',
    ],
    ['{"ids":{"n":NaN}}', 'ids', '{"n":NaN}'],
  ])('is quoted as Python writes it: %s', (json, name, text) => {
    const table = { id: string, ids: strings, n: int32 };
    expect(() => decode(json, table)).toThrow(`Invalid value ${text} for parameter '${name}'`);
  });

  it('in a query is quoted so, too', () => {
    const query = parseQuery('n=%F0%9F%98%80');
    expect(() => decodeQuery(query, { n: int32 })).toThrow('Invalid value "\\ud83d\\ude00"');
  });

  it('has defaults for all that the reader did not come to', () => {
    const name = { name: requiredString };
    const table = {
      flag: bool,
      page: { ...int64, default: 7 },
      at: { ...message(name), required: true },
    } as const;
    expect(decode('{"flag":"maybe","page":3,"at":{"name":"x"}}', table)).toEqual({
      page: 7,
      at: { name: '' },
    });
    const view = { ...enumeration('A', 'B'), required: true } as const;
    expect(() => decode('{"flag":"maybe","view":"A"}', { flag: bool, view })).toThrow(
      "Missing value for required parameter 'view'",
    );
  });

  it('may have other spellings of right values, where only their types are looked at', () => {
    const table = {
      flag: bool,
      state: { ...enumeration('A'), check: 'type' },
      value: double,
    } as const;
    expect(decode('{"flag":"maybe","state":"other","value":"2.5"}', table)).toEqual({});
    expect(() => decode('{"flag":"maybe","state":1}', table)).toThrow('Invalid value 1');
  });

  it.each([
    ['yesterday', false],
    ['2023-13-01T00:00:00Z', false],
    ['0000-01-01T00:00:00Z', false],
    ['', false],
    ['2023-01-01T00:00:00.123456789+01:00', true],
    ['9999-12-31T23:59:59Z', true],
  ])('has the time %s, or an empty one: %j', (at, isRead) => {
    const table = { at: timestamp, last: string };
    const expected = isRead ? { at, last: 'x' } : { at: '' };
    expect(decode(JSON.stringify({ at, last: 'x' }), table)).toEqual(expected);
  });

  it.each([
    ['1h', false],
    ['1e3s', false],
    ['315576000001s', false],
    ['-0.5s', true],
    ['315576000000s', true],
  ])('has the duration %s, or an empty one: %j', (length, isRead) => {
    const table = { length: duration, last: string };
    const expected = isRead ? { length, last: 'x' } : { length: '' };
    expect(decode(JSON.stringify({ length, last: 'x' }), table)).toEqual(expected);
  });

  it('may have items of any kind where only the list of messages is looked at', () => {
    const models = { ...messages({ id: requiredString }), required: true, check: 'list' } as const;
    expect(decode('{"models":[false,{"id":"a"}]}', { models })).toEqual({ models: [{ id: '' }] });
  });

  it('has not what a null behind it takes back', () => {
    const json = '{"runName":"a","run_name":null,"step":1.5}';
    const step = { ...int64, check: 'nothing' } as const;
    expect(decode(json, { run_name: uncheckedString, step })).toEqual({});
    expect(() => decode(json, { run_name: string, step })).toThrow(
      "Invalid value null for parameter 'run_name' supplied: Hint: Value was of type 'NoneType'",
    );
  });

  it('has no field in camel case, as far as types are looked at', () => {
    const table = { ids: strings, trace_ids: typedStrings, run_id: requiredRunId, at: int64 };
    const body = (json: string) => expect(() => decode(json, table));
    body('{"traceIds":["a"],"run_id":"r","at":"x"}').toThrow("null for parameter 'trace_ids'");
    body('{"trace_ids":["a"],"runId":"r","at":"x"}').toThrow("required parameter 'run_id'");
    body('{"trace_ids":["a"],"runUuid":"r","at":"x"}').toThrow("required parameter 'run_id'");
    body('{"trace_ids":["a"],"run_uuid":"r","at":"x"}').toThrow("for parameter 'at'");
    expect(decode('{"runId":5,"atMs":6}', { run_id: string, at_ms: int64 })).toEqual({});
  });

  it('may have items of any type where only the list is looked at', () => {
    const table = { order: uncheckedItems, last: string };
    expect(decode('{"order":["a",5,"b"],"last":"x"}', table)).toEqual({ order: ['a'] });
  });

  it('lacks what is required, wherever it is', () => {
    const metrics = messages({ key: requiredString, value: { ...double, required: true } });
    const table = { run_id: requiredRunId, step: int64, metrics, name: requiredString };
    const lacks = (json: string) => expect(() => decode(json, table));
    lacks('{"step":1.5}').toThrow("Missing value for required parameter 'run_id'");
    expect(() => decode('{"step":1.5}', { step: int64, name: typedString })).toThrow(
      "Invalid value null for parameter 'name'",
    );
    lacks('{"run_uuid":"r","step":1.5}').toThrow("Missing value for required parameter 'name'");
    lacks('{"step":1.5,"run_id":"r","name":"n","metrics":[{"key":"a"}]}').toThrow(
      "Missing value for required parameter 'metrics[0].value'",
    );
    const value = { ...double, required: true } as const;
    expect(() => decode('{"value":""}', { value })).toThrow("required parameter 'value'");
    expect(() => decode('{"at":""}', { at: requiredInt64 })).toThrow('Invalid value ""');
    lacks('{"step":1.5,"run_id":"r","name":""}').toThrow("required parameter 'name'");
    lacks('{"step":1.5,"run_id":"r","name":"n","metrics":[{"key":"","value":1}]}').toThrow(
      "Missing value for required parameter 'metrics[0].key'",
    );
    lacks('{"step":1.5,"run_id":"r","name":"n","metrics":[5]}').toThrow(
      "Invalid value 5 for parameter 'metrics[0]'",
    );
  });
});

describe('a body with a field of the path', () => {
  const table = { id: requiredString, name: string } as const;
  const path = { id: 'p' };

  it('is read until its value is of a wrong type; the one of the path counts', () => {
    expect(decode('{"id":"b","name":"n"}', table, path)).toEqual({ id: 'p', name: 'n' });
    expect(decode('{"id":null,"name":"n"}', table, path)).toEqual({ id: 'p', name: 'n' });
    expect(decode('{"id":0,"name":"n"}', table, path)).toEqual({ id: 'p' });
    expect(decode('{"name":"n","id":[]}', table, path)).toEqual({ id: 'p', name: 'n' });
    expect(decode('{"id":"\\ud800","name":"n"}', table, path)).toEqual({ id: 'p' });
  });

  it('is refused for its type where MLflow looks at that', () => {
    const looked = { ...table, id: { ...requiredString, check: 'body' } } as const;
    expect(() => decode('{"id":0}', looked, path)).toThrow("Invalid value 0 for parameter 'id'");
    expect(decode('{"id":null,"name":5}', { ...looked, name: uncheckedString }, path)).toEqual({
      id: 'p',
    });
  });
});

describe('a message with no value of a wrong type', () => {
  it('is refused for what it lacks in a message inside', () => {
    const table = { at: message({ name: requiredString }) };
    expect(() => decode('{"at":{}}', table)).toThrow("required parameter 'at.name'");
  });
});

describe('a query with a value of a wrong type', () => {
  it('is read until there', () => {
    const table = { id: string, size: { ...int64, check: 'nothing' }, token: string } as const;
    expect(decodeQuery(parseQuery('token=t&size=x&id=a'), table)).toEqual({ id: 'a' });
    expect(() => decodeQuery(parseQuery('size=x'), { size: int64 })).toThrow(
      `Invalid value "x" for parameter 'size' supplied`,
    );
  });
});
