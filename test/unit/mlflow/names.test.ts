import { describe, expect, it } from 'vitest';
import { checkName, checkUnique } from '../../../functions/mlflow/index.ts';

describe('a name', () => {
  it.each(['a\n', '\n', 'ä²½Ⅷ〇', '日本', 'a/b.c-d: e'])('may be %j', (name) => {
    expect(() => checkName(name, 'key')).not.toThrow();
  });

  it.each(['a\n\n', 'a\nb', 'e\u0301', '\ufeff', '‿', '😀'])('is not %j', (name) => {
    expect(() => checkName(name, 'key')).toThrow('Names may only contain alphanumerics');
  });

  it.each([
    ['//a', "'//a'"],
    ['//', "'//'"],
    ['///a', "'/a'"],
    ['..a', "'..a'"],
    ["..it's", '"..it\'s"'],
    ['..\u200b', "'..\\u200b'"],
    ['a\n/', "'a\\n'"],
  ])('%j is refused as the path that it means', (name, path) => {
    expect(() => checkUnique(name, 'name')).toThrow(`This name would resolve to ${path}`);
  });
});
