import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { catalogue } from '../../../functions/events/catalogue.ts';
import { type JsonSchema, schemaBreaks } from '../../../functions/events/schema-breaks.ts';
import { assertCompatible, schemaFile } from '../../../functions/events/schema-files.ts';

const FOLDER = join(import.meta.dirname, '../../../functions/events/schemas');
const files = catalogue.map(schemaFile);

if (process.env.UPDATE_SCHEMAS === '1') {
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, text } of files) {
    const path = join(FOLDER, name);
    if (existsSync(path)) assertCompatible(name, readFileSync(path, 'utf8'), text);
    writeFileSync(path, text);
  }
}

describe('the catalogue', () => {
  it('names each type and version once, in past-tense PascalCase', () => {
    const names = files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { type, source } of catalogue) {
      expect(type).toMatch(/^([A-Z][a-z]+){2,}$/);
      expect(source).toMatch(/^slipway\.[a-z]+$/);
    }
  });

  it.each(catalogue.map((definition) => [definition.type, definition] as const))(
    '%s has a sample that its schema accepts, a subject and a sentence',
    (_, definition) => {
      expect(z.parse(definition.schema, definition.sample)).toEqual(definition.sample);
      expect(definition.subject(definition.sample)).toMatch(
        /^(model|webhook|endpoint|pipeline|run|experiment|token):.+/,
      );
      expect(definition.text(definition.sample)).toMatch(/^[^.]{10,}/);
    },
  );

  it('has the schema files that are committed, no more and no fewer', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(files.map(({ name }) => name).sort());
    for (const { name, text } of files) {
      expect(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')), name).toEqual(JSON.parse(text));
    }
  });
});

describe('schemaBreaks', () => {
  const before = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string', enum: ['x', 'y'] } },
    required: ['a'],
  };
  const record = (values: object | boolean) => ({ type: 'object', additionalProperties: values });
  const list = (items?: object) => ({ type: 'array', ...(items && { items }) });

  it('lets optional fields and further enum values be added', () => {
    const after = {
      ...before,
      properties: {
        ...before.properties,
        b: { type: 'string', enum: ['x', 'y', 'z'] },
        c: { type: 'number' },
      },
    };
    expect(schemaBreaks(before, after)).toEqual([]);
  });

  it.each([
    ['a removed field', { properties: { a: before.properties.a } }, 'data.b: removed'],
    [
      'a changed type',
      { properties: { ...before.properties, a: { type: 'number' } } },
      'data.a: type changed',
    ],
    ['a new required field', { required: ['a', 'b'] }, 'data.b: newly required'],
    ['a required field that became optional', { required: [] }, 'data.a: no longer required'],
    [
      'a removed enum value',
      { properties: { ...before.properties, b: { type: 'string', enum: ['x'] } } },
      'data.b: an enum value was removed',
    ],
  ])('reports %s', (_, change, message) => {
    expect(schemaBreaks(before, { ...before, ...change })).toEqual([message]);
  });

  it.each<[string, JsonSchema, JsonSchema, string]>([
    [
      'a changed type of a record’s values',
      record({ type: 'string' }),
      record({ type: 'number' }),
      'data{}: type changed',
    ],
    [
      'a record whose values may be anything no more',
      record({}),
      record({ type: 'string' }),
      'data{}: type changed',
    ],
    ['a record that has become an object', record({}), record(false), 'data{}: changed'],
    [
      'a changed type of a list’s elements',
      list({ type: 'string' }),
      list({ type: 'number' }),
      'data[]: type changed',
    ],
    [
      'a list whose elements have become one type',
      list(),
      list({ type: 'string' }),
      'data[]: changed',
    ],
    [
      'an enum put on a free text',
      { type: 'string' },
      { type: 'string', enum: ['x'] },
      'data: limited to an enum',
    ],
    [
      'a pattern put on a free text',
      { type: 'string' },
      { type: 'string', pattern: '^x' },
      'data: pattern changed',
    ],
    [
      'another least number',
      { type: 'integer', minimum: 0 },
      { type: 'integer', minimum: 1 },
      'data: minimum changed',
    ],
  ])('reports %s', (_, former, after, message) => {
    expect(schemaBreaks(former, after)).toEqual([message]);
    expect(schemaBreaks(former, former)).toEqual([]);
  });

  it('refuses to overwrite a schema with one that breaks its readers', () => {
    const text = JSON.stringify({ ...before, required: ['a', 'b'] });
    expect(() => assertCompatible('X.v1.json', JSON.stringify(before), text)).toThrow(
      /raise the event's version/,
    );
  });
});
