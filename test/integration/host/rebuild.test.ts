import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySources } from '../../support/host/source-copy.ts';
import { TestHost } from '../../support/host.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-rebuild-'));
const host = new TestHost({ root });
const later = new TestHost({ root });

beforeAll(async () => {
  copySources(root, { built: true });
  await host.start();
});
afterAll(async () => {
  await Promise.all([host.stop(), later.stop()]);
  rmSync(root, { recursive: true, force: true });
});

/** Builds the sources with another answer of `GET /version`. */
function buildAnswering(text: string): void {
  const file = join(root, 'functions/tracking/operations.ts');
  const source = readFileSync(file, 'utf8');
  const changed = source.replace(/(getVersion: operation\(\{\}, text\()[^)]*/, `$1'${text}'`);
  expect(changed).not.toBe(source);
  writeFileSync(file, changed);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'lib/build/build.ts')], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
}

const version = async ({ url }: TestHost) => (await fetch(`${url}/version`)).text();

describe('a build beside a running host', () => {
  it('leaves it the code that it was started with, for functions that nobody has called yet too', async () => {
    buildAnswering('built later');
    await later.start();
    expect(await version(later)).toBe('built later');

    const answer = await fetch(`${host.url}/version`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is what it runs after it was killed and started anew', async () => {
    await host.kill();
    await host.start();
    expect(await version(host)).toBe('built later');
  });
});
