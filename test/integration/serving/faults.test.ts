import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { moveChampion, SWITCHED, SWITCHED_ROWS, serveTwoVersions } from '../../support/switches.ts';
import { gbdtOf } from '../../support/tiny-model.ts';

const PATH = `/api/2.0/serving-endpoints/${SWITCHED}`;
const OTHER = 'other';

const host = new TestHost();
beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
  const served_entities = [{ name: 'main', entity_name: SWITCHED, entity_version: '1' }];
  await host.call('POST', '/api/2.0/serving-endpoints', {
    name: OTHER,
    config: { served_entities },
  });
  await host.waitFor('EndpointVersionSwitched', { endpoint: OTHER, to: '1' });
});
afterAll(() => host.stop());

const ask = (endpoint: string, body: unknown = { dataframe_records: SWITCHED_ROWS }) =>
  host.call('POST', `/serving-endpoints/${endpoint}/invocations`, body);

/** The file that holds an object with this content. */
function blobOf(content: string): string {
  const folder = join(host.dataDir, 's3/objects');
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .find((file) => readFileSync(file, 'utf8') === content);
  if (!found) throw new Error('No object has this content');
  return found;
}

/** A digit of a threshold becomes another: what the file says is still a model. */
function corrupt(content: string): () => void {
  const file = blobOf(content);
  const bad = content.replace(/"base_score":\s*-?\d/, (found) => found.replace(/\d$/, '7'));
  expect(bad).not.toBe(content);
  JSON.parse(bad);
  writeFileSync(file, bad);
  return () => writeFileSync(file, content);
}

describe('a fault of what is served', () => {
  it.each([
    ['an empty body', ''],
    ['a body that is no JSON', '{"dataframe_records": ['],
    ['another type than the signature has', { dataframe_records: [{ x: 'much' }] }],
    ['a column that is missing', { dataframe_records: [{ y: 1 }] }],
    ['a number that JSON does not have', '{"dataframe_records": [{"x": NaN}]}'],
    ['no input format', { rows: SWITCHED_ROWS }],
    ['two input formats', { inputs: [[1]], instances: [[1]] }],
    ['rows of unequal lengths', { dataframe_split: { columns: ['x'], data: [[1], [1, 2]] } }],
    ['nesting without an end', '{"dataframe_records": '.concat('['.repeat(100_000))],
  ])('of the caller is told the caller: %s', async (_, body) => {
    const { status, body: refusal } = await ask(SWITCHED, body);
    expect(status).toBe(400);
    expect(refusal.message).toEqual(expect.any(String));
    expect((await ask(SWITCHED)).status).toBe(200);
  });

  it.each([6.5, 16])('is a body of %d MB, which the gateway itself refuses', async (megabytes) => {
    const body = JSON.stringify({ inputs: ['x'.repeat(megabytes * 1024 * 1024)] });
    expect((await ask(SWITCHED, body)).status).toBe(413);
    expect((await ask(SWITCHED)).status).toBe(200);
  });

  it('is neither a column that the model does not know nor a request without a row', async () => {
    const { body } = await ask(SWITCHED);
    const more = SWITCHED_ROWS.map((row) => ({ ...row, unknown: { deep: [1] } }));
    expect((await ask(SWITCHED, { dataframe_records: more })).body).toEqual(body);
    expect(await ask(SWITCHED, { dataframe_records: [] })).toMatchObject({
      status: 200,
      body: { predictions: [] },
    });
  });

  it('by an alias that points nowhere is told, and the last version goes on', async () => {
    const path = `/api/2.0/mlflow/registered-models/alias?name=${SWITCHED}&alias=champion`;
    expect((await host.call('DELETE', path)).status).toBe(200);
    await host.waitFor('EndpointDegraded', { endpoint: SWITCHED, alias: 'champion' });
    expect((await host.call('GET', PATH)).body.state).toMatchObject({
      ready: 'READY',
      message: expect.stringContaining('champion'),
    });
    expect((await ask(SWITCHED)).status).toBe(200);
    await moveChampion(host, '1');
    await expect
      .poll(async () => (await host.call('GET', PATH)).body.state)
      .toMatchObject({ summary: 'READY' });
  });

  it('keeps a version that is bound from being deleted', async () => {
    const refused = await host.call('DELETE', '/api/2.0/mlflow/model-versions/delete', {
      name: SWITCHED,
      version: '1',
    });
    expect(refused.body.message).toMatch(/cannot be deleted: endpoint '.*' serves it/);
  });

  it('by artefacts that are not what was stored is noticed before anybody is answered by them', async () => {
    const repair = corrupt(gbdtOf('n'));
    await moveChampion(host, '2');
    const failed = await host.waitFor('EndpointSwitchFailed', { endpoint: SWITCHED, version: '2' });
    expect(failed.data.message).toMatch(/checksum/i);
    expect((await host.call('GET', PATH)).body.state).toMatchObject({
      ready: 'READY',
      summary: 'DEGRADED',
      message: expect.stringMatching(/checksum/i),
    });
    expect((await ask(SWITCHED)).status).toBe(200);
    repair();
    await moveChampion(host, '1');
    await moveChampion(host, '2');
    await host.waitFor('EndpointVersionSwitched', { endpoint: SWITCHED, to: '2' });
  });

  it('hurts the endpoint whose artefact it is, and only where the version is not loaded yet', async () => {
    await expect.poll(async () => (await ask(SWITCHED)).status).toBe(200);
    const repair = corrupt(gbdtOf('n'));
    // Whoever has loaded it goes on.
    expect((await ask(SWITCHED)).status).toBe(200);
    await host.kill();
    await host.start();
    const broken = await ask(SWITCHED);
    expect(broken.status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(broken.body)).toMatch(/checksum/i);
    expect((await ask(OTHER)).status).toBe(200);
    repair();
    await expect.poll(async () => (await ask(SWITCHED)).status).toBe(200);
  });
});
