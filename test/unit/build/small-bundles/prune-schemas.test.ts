import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../../lib/build/paths.ts';
import { withPlainKeys } from '../../../../lib/build/small-bundles/prune-schemas.ts';

describe('withPlainKeys', () => {
  it('puts the value of a constant where the constant is a key', () => {
    const source = 'const _hQ = "httpQuery";\nvar A$ = [3, [[0, { [_hQ]: _hQ }]]];';
    expect(withPlainKeys(source)).toBe(
      'const _hQ = "httpQuery";\nvar A$ = [3, [[0, { "httpQuery": _hQ }]]];',
    );
  });

  it('leaves keys that are no constants of the file, and arrays', () => {
    const source = 'const _a = "x";\nvar b = { [_other]: 1 }, c = [_a], d = { [a]: [_a] };';
    expect(withPlainKeys(source)).toBe(source);
  });

  for (const client of ['client-s3', 'client-lambda', 'client-dynamodb', 'client-sfn']) {
    it(`leaves no computed key in the schemas of ${client}, and their meaning as it is`, () => {
      const file = `node_modules/@aws-sdk/${client}/dist-es/schemas/schemas_0.js`;
      const source = readFileSync(join(ROOT, file), 'utf8');
      expect(withPlainKeys(source)).not.toMatch(/\[_\w+\]:/);
      expect(schemasOf(withPlainKeys(source))).toEqual(schemasOf(source));
    });
  }
});

/** The file's schemas by name, references to others by their names, errors left out. */
function schemasOf(source: string): unknown {
  const constants = source.match(/^const \w+ = "[^"]*";$/gm) ?? [];
  const schemas = Array.from(
    source.matchAll(/^(?:export )?var (\w+\$?) = (\[[^;]*\]);$/gms),
    ([, name, array]) => `"${name}": ${array?.replaceAll(/\(\) => (\w+\$?)/g, '"$1"')}`,
  );
  return new Function(`${constants.join('')}return {${schemas.join()}}`)();
}
