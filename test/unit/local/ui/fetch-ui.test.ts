import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { buildOf } from '../../../../lib/local/ui/fetch-ui.ts';

describe('the web interface in a wheel', () => {
  it('is what lies below its build, by the paths there', () => {
    const wheel = zipSync({
      'mlflow/__init__.py': strToU8('version'),
      'mlflow/server/js/build/index.html': strToU8('<html>'),
      'mlflow/server/js/build/static': { js: { 'a.js': strToU8('run()') } },
    });
    const texts = Object.entries(buildOf(wheel)).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('utf8'),
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      'index.html': '<html>',
      'static/js/a.js': 'run()',
    });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a page', strToU8('<html>')],
    ['a wheel without it', zipSync({ 'mlflow/__init__.py': strToU8('version') })],
  ])('is not found in %s', (_name, bytes) => {
    expect(() => buildOf(bytes)).toThrow();
  });
});
