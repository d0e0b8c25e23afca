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

  it('has no module left that imports from the machine which built it', async () => {
    const module =
      '/*! licence */\nimport e from"/built/node_modules/@babel/runtime/helpers/esm/defineProperty.js";' +
      'export const made=e({},"$1",2);';
    const wheel = zipSync({ 'mlflow/server/js/build/static/media/w.mjs': strToU8(module) });
    const text = Buffer.from(buildOf(wheel)['static/media/w.mjs'] ?? []).toString('utf8');
    const { made } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    expect(made).toEqual({ $1: 2 });
    expect(text).toContain('licence');
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a page', strToU8('<html>')],
    ['a wheel without it', zipSync({ 'mlflow/__init__.py': strToU8('version') })],
  ])('is not found in %s', (_name, bytes) => {
    expect(() => buildOf(bytes)).toThrow();
  });
});
