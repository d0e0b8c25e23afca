import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonJson, pythonText, toPythonJson } from '../../../functions/mlflow/index.ts';

const rewritten = (text: string, sortKeys = false) =>
  toPythonJson(parsePythonJson(text, 'text'), { sortKeys });

describe('JSON as Python writes it', () => {
  it.each([
    ['1', '1'],
    ['1.0', '1.0'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1e2', '100.0'],
    ['1E16', '1e+16'],
    ['123456789012345.5', '123456789012345.5'],
    ['9007199254740993', '9007199254740993'],
    ['0.0001', '0.0001'],
    ['0.000012', '1.2e-05'],
    ['0.00012', '0.00012'],
    ['1e22', '1e+22'],
    ['-2.5e-7', '-2.5e-07'],
  ])('keeps the number %s as %s', (text, expected) => {
    expect(rewritten(text)).toBe(expected);
  });

  it('puts blanks behind commas and colons, and escapes all but ASCII', () => {
    expect(rewritten('{"b":[1,true,null],"a":"ä\\n\u007f😀"}')).toBe(
      '{"b": [1, true, null], "a": "\\u00e4\\n\\u007f\\ud83d\\ude00"}',
    );
    expect(rewritten('{"b":1,"a":{"d":2,"c":3}}', true)).toBe('{"a": {"c": 3, "d": 2}, "b": 1}');
  });

  it.each([
    ['"it\'s"', "it's"],
    ['["a\'b", "\\"", "\'\\"", "ä\\n\\u0001\\\\"]', `["a'b", '"', '\\'"', 'ä\\n\\x01\\\\']`],
    ['{"a": [1, 2.50, true, null, {}]}', "{'a': [1, 2.5, True, None, {}]}"],
  ])('makes a text of %s as Python does', (text, expected) => {
    expect(pythonText(parsePythonJson(text, 'text'))).toBe(expected);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const once = rewritten(text);
        expect(rewritten(once)).toBe(once);
        expect(JSON.parse(once)).toEqual(JSON.parse(text.replaceAll(/-0(?=[,\]}]|$)/g, '0')));
      }),
    );
  });

  it('refuses what is no JSON, and numbers that no float holds', () => {
    expect(() => rewritten('{')).toThrow('text must be valid JSON');
    expect(() => rewritten('1e999')).toThrow('too large');
  });
});
