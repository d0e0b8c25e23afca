import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLive } from '../../../../functions/serving/endpoints/endpoint-store.ts';
import { loadScorer } from '../../../../functions/serving/invoke/load-scorer.ts';
import { logRequest } from '../../../../functions/serving/invoke/log-later.ts';
import { artefactReader } from '../../../../functions/serving/invoke/object-store.ts';
import { dataPathOperations } from '../../../../functions/serving/invoke/operations.ts';
import { Snapshots } from '../../../../functions/serving/invoke/snapshots.ts';
import { exportMetrics } from '../../../../functions/serving/metrics/export-metrics.ts';
import { invalid } from '../../../../functions/shared/errors.ts';
import type { HttpRequest } from '../../../../functions/shared/http/api.ts';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

// Who made the endpoints.
const context = { ...aContext(), actor: { user: 'local', groups: ['users'] } };

/** An endpoint of version 1 (`one`) and version 2 (`two`), half of the traffic each. */
const halves = (more: object = {}) =>
  serveTinyModel(platform, context, {
    config: (model) => ({
      served_entities: ['1', '2'].map((entity_version, i) => ({
        name: ['one', 'two'][i],
        entity_name: model,
        entity_version,
      })),
      traffic_config: {
        routes: ['one', 'two'].map((served_entity_name) => ({
          served_entity_name,
          traffic_percentage: 50,
        })),
      },
    }),
    ...more,
  });

/** The data path of a process that has just begun, to which the files of some versions are broken. */
function aProcess(broken: Set<string>) {
  const elsewhere = () => Promise.reject(new Error('Nothing is scored elsewhere here'));
  const snapshots = new Snapshots({
    readLive: getLive,
    clock: Date.now,
    loadModel: async (version) => {
      if (broken.has(version.version)) throw invalid('model.json is not what was stored');
      return loadScorer(version, artefactReader(version.location), {
        python: elsewhere,
        sageMaker: elsewhere,
      });
    },
  });
  const operations = dataPathOperations({
    snapshot: snapshots.get,
    log: logRequest,
    queue: elsewhere,
    whyNotLive: async () => undefined,
  });
  const requestOf = (name: string, body: object, headers: object, more: object) =>
    ({
      params: { name, ...more },
      headers,
      body: Buffer.from(JSON.stringify(body)),
    }) as unknown as HttpRequest;
  return {
    ask: async (name: string, id: string, headers: object = {}, more: object = {}) => {
      const body = { dataframe_records: [{ x: 0.9, z: 0.1, n: 0 }], client_request_id: id };
      const request = requestOf(name, body, headers, more);
      const {
        statusCode,
        headers: told = {},
        body: text = '',
      } = await operations.invokeEndpoint(request, context);
      return { status: statusCode, entity: told['served-model-name'], text };
    },
    isReady: (name: string, version: string) =>
      operations.isModelReady(requestOf(name, {}, {}, { version }), context),
  };
}

const ids = Array.from({ length: 40 }, (_, i) => `request-${i}`);

describe('an entity that cannot be loaded', () => {
  it('is an error to its own callers, with the reason, until it can be', async () => {
    const name = await halves();
    const broken = new Set(['2']);
    const { ask, isReady } = aProcess(broken);
    const answers = await Promise.all(ids.map((id) => ask(name, id)));
    const failed = answers.filter(({ status }) => status !== 200);
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeGreaterThan(5);
    expect(failed.length).toBeGreaterThan(5);
    expect(new Set(good.map(({ entity }) => entity))).toEqual(new Set(['one']));
    for (const { status, text } of failed) {
      expect(status).toBe(500);
      expect(text).toContain(`Version 2 of '${name}' cannot be loaded: model.json is not what`);
    }
    const rows = await loggedRequests(name);
    expect(rows.filter(({ failedEntity }) => failedEntity === 'two')).toHaveLength(failed.length);
    expect(await isReady(name, '1')).toMatchObject({ ready: true });
    expect(await isReady(name, '2')).toMatchObject({ statusCode: 503 });

    broken.clear();
    const all = async () => {
      const again = await Promise.all(ids.map((id) => ask(name, id)));
      return again.every(({ status }) => status === 200);
    };
    await expect.poll(all).toBe(true);
    expect(await isReady(name, '2')).toMatchObject({ ready: true });
  });

  it('is stood in for where the endpoint asks for that, and everybody is told of it', async () => {
    const name = await halves({ ai_gateway: { fallback_config: { enabled: true } } });
    const { ask } = aProcess(new Set(['2']));
    const answers = await Promise.all(ids.map((id) => ask(name, id)));
    expect(answers.map(({ status, entity }) => [status, entity])).toEqual(
      ids.map(() => [200, 'one']),
    );
    const rows = await loggedRequests(name);
    const stoodIn = rows.filter(({ failedEntity }) => failedEntity !== undefined);
    expect(stoodIn.length).toBeGreaterThan(5);
    expect(stoodIn.length).toBeLessThan(ids.length - 5);
    for (const row of stoodIn) {
      expect(row).toMatchObject({
        statusCode: 200,
        servedEntity: 'one',
        version: '1',
        failedEntity: 'two',
        failedVersion: '2',
      });
    }
    await platform.watch();
    const { body: text } = await exportMetrics(name, context);
    const labels = `endpoint_name="${name}",served_entity_name="two"`;
    expect(text).toContain(`request_fallback_count_total{${labels}} ${stoodIn.length}\n`);
    const path = `/api/slipway/v1/endpoints/${name}/ab-report?a=one&b=two`;
    const { body } = await platform.monitoring<Report>('GET', path);
    expect(body.arms).toMatchObject([
      { requests: ids.length - stoodIn.length, errors: { estimate: 0 } },
      { requests: stoodIn.length, errors: { estimate: 1 } },
    ]);
  });

  it('is stood in for by nobody when the caller asks for it by name or version', async () => {
    const name = await halves({ ai_gateway: { fallback_config: { enabled: true } } });
    const { ask } = aProcess(new Set(['2']));
    expect(await ask(name, 'a', { 'slipway-model-version': '2' })).toMatchObject({ status: 500 });
    expect(await ask(name, 'a', {}, { served_model: 'two' })).toMatchObject({ status: 500 });
    expect(await ask(name, 'a', {}, { served_model: 'one' })).toMatchObject({ status: 200 });
  });
});

interface Report {
  readonly arms: readonly { readonly requests: number; readonly errors: object }[];
}
