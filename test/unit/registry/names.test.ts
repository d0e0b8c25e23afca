import { describe, expect, it } from 'vitest';
import { checkAlias } from '../../../functions/registry/aliases/alias.ts';
import { checkModelName } from '../../../functions/registry/models/registered-model.ts';
import {
  checkPromptSource,
  checkRemoteSource,
  isLocal,
} from '../../../functions/registry/versions/check-source.ts';

const invalid = expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' });

describe('the name of a model', () => {
  it.each([' \x1c\x85', '\u3000', '\n'])('is more than blanks: %j', (name) => {
    expect(() => checkModelName(name)).toThrow("Missing value for required parameter 'name'");
  });

  it.each(['\ufeff', '\u200b', 'a\n'])('may be %j', (name) => {
    expect(() => checkModelName(name)).not.toThrow();
  });
});

describe('an alias', () => {
  it.each(['a\n', 'ä', '𝟙'.repeat(255)])('may be %j', (alias) => {
    expect(() => checkAlias(alias)).not.toThrow();
  });

  it.each(['v٣', 'V1\n', 'e\u0301', '𝟙'.repeat(256)])('is not %j', (alias) => {
    expect(() => checkAlias(alias)).toThrow(invalid);
  });
});

describe('the source of a version', () => {
  it.each([
    's3://b/%2e%2e/%zz',
    's3://b/%ff/%2e%2e/a',
    `s3://b/${'%25'.repeat(1)}${'25'.repeat(15)}2e%2e/a`,
    's3://b/a%00',
    'dbfs:/..?x=1',
    's3://b/a?/../b',
    's3://b/.',
    's3://b/%2e',
    's3+x://b/a',
    'http://h/;a',
    's3://b',
    '\x01s3:a',
  ])('goes no way up, whatever else is in it: %s', (source) => {
    expect(() => checkRemoteSource(source)).toThrow(invalid);
  });

  it.each([
    's3://b/%zz',
    's3://b/a%',
    's3://b/%ff',
    's3://b/..\\a',
    's3://b/a..',
    's3://b//a//',
    's3://b/a?x=..',
    's3://b/;a',
    'C:/a',
  ])('may have what is no code: %s', (source) => {
    expect(() => checkRemoteSource(source)).not.toThrow();
  });

  it.each(['/a', '//h/a', 'file:a', 'FILE:///a', 'http://h/../a'])(
    'of a prompt is not %s',
    (source) => {
      expect(() => checkPromptSource(source)).toThrow(invalid);
    },
  );

  it.each(['a/../b', '', 'prompt-template', 'http://h/a', '../a'])(
    'of a prompt may be %j',
    (source) => {
      expect(() => checkPromptSource(source)).not.toThrow();
    },
  );

  it.each(['1x:/a', '?a', '\n/a', 'file:/a', ' FILE:a'])('is local: %j', (source) => {
    expect(isLocal(source)).toBe(true);
  });
});
