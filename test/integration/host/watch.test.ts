import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySources } from '../../support/host/source-copy.ts';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

/** Two builds may follow each other, on a busy machine. */
const BUILD = { timeout: 2 * PATIENCE_MS, interval: 100 };

const root = mkdtempSync(join(tmpdir(), 'slipway-watch-'));
const host = new TestHost({ root, flags: ['--watch'] });
const file = join(root, 'functions/tracking/operations.ts');
let source: string;

beforeAll(async () => {
  copySources(root, { built: true });
  source = readFileSync(file, 'utf8');
  await host.start();
});
afterAll(async () => {
  await host.stop();
  rmSync(root, { recursive: true, force: true });
});

/** The source with another answer of `GET /version`. */
function answering(text: string): string {
  const changed = source.replace(/(getVersion: operation\(\{\}, text\()[^)]*/, `$1'${text}'`);
  expect(changed).not.toBe(source);
  return changed;
}

/** How often the host has said so. */
const said = (words: RegExp) => host.output.match(new RegExp(words, 'gm'))?.length ?? 0;

const version = async () => (await fetch(`${host.url}/version`)).text();

describe('slipway start --watch', () => {
  it('answers the request after a reload from the code that was saved, on the same data', async () => {
    const before = await version();
    const name = { name: 'kept' };
    const made = await host.call('POST', '/api/2.0/mlflow/registered-models/create', name);
    expect(made.status).toBe(200);

    writeFileSync(file, answering('saved'));
    await expect.poll(() => said(/^Reloaded .*slipway-dev-tracking(,|$)/), BUILD).toBe(1);

    expect(before).not.toBe('saved');
    expect(await version()).toBe('saved');
    const read = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(read.status).toBe(200);
  });

  it('goes on with the old code while the new does not build', async () => {
    writeFileSync(file, `${source}\nconst = broken`);
    await expect.poll(() => said(/the build failed; the old code goes on/), BUILD).toBe(1);
    expect(await version()).toBe('saved');
  });

  it('takes a file that an editor puts in the place of the old one', async () => {
    writeFileSync(`${file}.draft`, answering('replaced'));
    renameSync(`${file}.draft`, file);
    await expect.poll(version, BUILD).toBe('replaced');
  });
});
