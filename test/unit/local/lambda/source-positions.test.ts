import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { SourcePositions } from '../../../../lib/local/lambda/source-positions.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-maps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A bundle and its map, as the build leaves them. */
async function build(source: string): Promise<string> {
  const options = {
    minify: true,
    sourcemap: 'external',
    sourcefile: '../../functions/a/b.ts',
  } as const;
  const { code, map } = await transform(source, options);
  const bundle = join(folder, 'asset', 'index.mjs');
  mkdirSync(join(folder, 'asset'), { recursive: true });
  writeFileSync(bundle, code);
  const digest = createHash('sha256').update(code).digest('hex');
  writeFileSync(join(folder, `${digest}.map`), map);
  return bundle;
}

describe('SourcePositions', () => {
  it('names file and line of the source where a trace names the bundle', async () => {
    const bundle = await build('const first = 1;\n\nconsole.log(first, missing);\n');
    const place = `file://${bundle}:1:29`;
    const positions = new SourcePositions(folder);
    expect(positions.translate(`at run (${place})`)).toMatch(
      /^at run \(functions\/a\/b\.ts:3:\d+\)$/,
    );
    // As it stands in a log line of JSON.
    expect(positions.translate(JSON.stringify(`Error\n    at ${place}`))).toMatch(
      /at functions\/a\/b\.ts:3:\d+"$/,
    );
  });

  it('leaves alone what it has no map for', () => {
    const text = 'at run (file:///elsewhere/index.mjs:1:12) and at lib/index.ts:3:4';
    expect(new SourcePositions(folder).translate(text)).toBe(text);
  });
});
